const MOBILE = /^01[016789]\d{7,8}$/;

/** Whether it is a Korean mobile number as people write them; the server reads the same ways to write it. */
export function isMobile(text: string): boolean {
  const trimmed = text.trim();
  if (!/^[\d\-+ .()]+$/.test(trimmed)) return false;
  const digits = trimmed.replaceAll(/\D/g, "");
  return MOBILE.test(trimmed.startsWith("+82") ? `0${digits.replace(/^(?:82)+/, "")}` : digits);
}
