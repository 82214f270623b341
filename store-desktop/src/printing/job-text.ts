import type { PrintJobView } from "../generated/PrintJobView";
import type { Dictionary } from "../i18n/dictionary";

/** What a job puts on paper: `주방 주문서 · 재출력 2회 · 1/2장`. */
export function jobText(job: PrintJobView, { printing }: Dictionary): string {
  const parts = [printing.kind[job.kind]];
  if (job.reprint > 0) parts.push(printing.copy(job.reprint));
  if (job.copies > 1) parts.push(printing.copyOf(job.copy, job.copies));
  return parts.join(" · ");
}
