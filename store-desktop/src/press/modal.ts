/** Lies over every dialog, also over one that is opened later. */
let alert: HTMLDialogElement | null = null;

/** Shows a dialog; the browser keeps the keyboard inside and gives it back afterwards. */
export function openDialog(dialog: HTMLDialogElement): () => void {
  dialog.showModal();
  raiseAlert();
  return () => dialog.close();
}

/** Shows what nothing may lie over. */
export function openAlert(dialog: HTMLDialogElement): () => void {
  alert = dialog;
  dialog.showModal();
  return () => {
    alert = null;
    dialog.close();
  };
}

/** What is shown last lies on top. */
function raiseAlert(): void {
  if (!alert?.open) return;
  alert.close();
  alert.showModal();
}

/** Whether something lies over the window and has the keyboard, wherever the focus is. */
export function isCovered(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
