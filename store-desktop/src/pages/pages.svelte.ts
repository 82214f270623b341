/** The pages of everyday work beside the orders. */
const WORK_PAGES = ["sold-out", "menu", "history", "sales", "reviews", "printing", "sounds"] as const;

/** What the window shows below the bar. The orders are home. */
const PAGES = ["orders", "opening", "closing", "certificate", "schedule", "people", ...WORK_PAGES] as const;
export type Page = (typeof PAGES)[number];

/** Where the person is. Orders go on ringing and the bar stays, whatever page is open. */
export class Pages {
  current = $state<Page>("orders");
  /** What the page is about, such as a business day. */
  subject = $state<string | null>(null);

  go(page: Page, subject: string | null = null): void {
    this.current = page;
    this.subject = subject;
  }

  home(): void {
    this.go("orders");
  }
}

/** The page that an address asks for with `?page=`. */
export function pageIn(search: string): Page {
  const wanted = new URLSearchParams(search).get("page");
  return PAGES.find((page) => page === wanted) ?? "orders";
}
