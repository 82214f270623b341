import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { HostError } from "../host/Host";
import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";
import type { SampleHost } from "../host/sample/SampleHost";
import { lengthOf, mean } from "./reviews";

const id = (n: number) => `0195d000-0000-7000-8000-00000000a00${n}`;
const row = (n: number) => screen.findByTestId(`review-${id(n)}`);
const write = (testid: string, value: string) => fireEvent.input(screen.getByTestId(testid), { target: { value } });
const unreachable = () => new HostError({ code: "server_unreachable", korean: "서버에 연결할 수 없어요.", english: "The server cannot be reached." });

async function openReviews(change: (host: SampleHost) => void = () => {}): Promise<SampleHost> {
  const host = await openWindow("busy");
  change(host);
  await goTo("reviews");
  return host;
}

async function pressIn(n: number, testid: string): Promise<void> {
  await press(within(await row(n)).getByTestId(testid));
}

describe("reviews", () => {
  it("are listed newest first with stars, text, what was bought and the average; older ones follow", async () => {
    const host = await openReviews();
    expect((await row(1)).textContent).toContain("★★★★★");
    expect((await row(1)).textContent).toContain("아이스 아메리카노, 똠방각하 떡케이크");
    expect((await row(2)).textContent).toContain("사장님 답글");
    expect(screen.getByTestId("reviews-rating").textContent).toContain("평균 3.3점 · 리뷰 4개");
    expect(screen.queryByTestId(`review-${id(4)}`)).toBeNull();
    await press(screen.getByTestId("reviews-more"));
    expect((await row(4)).textContent).toContain("별점만 남긴 리뷰예요");
    expect(await row(1)).toBeTruthy();
    expect(asked(host, "reviews")).toEqual([{}, { before: id(3) }]);
    expect(screen.queryByTestId("reviews-more")).toBeNull();
  });

  it("are answered, and the answer can be changed", async () => {
    const host = await openReviews();
    await pressIn(1, "review-reply");
    const save = screen.getByTestId<HTMLButtonElement>("review-reply-form-save");
    expect(save.disabled).toBe(true);
    await write("review-reply-text", "고".repeat(301));
    expect(screen.getByTestId("review-reply-text-problem").textContent).toContain("301자");
    expect(save.disabled).toBe(true);
    await write("review-reply-text", "고맙습니다!");
    await press(save);
    await waitFor(async () => expect((await row(1)).textContent).toContain("고맙습니다!"));
    expect(asked(host, "reply_to_review")).toEqual([{ order_id: id(1), text: "고맙습니다!" }]);
    await pressIn(1, "review-reply");
    expect(screen.getByTestId<HTMLTextAreaElement>("review-reply-text").value).toBe("고맙습니다!");
    await fireEvent.keyDown(screen.getByTestId("review-reply-text"), { key: "Escape" });
    await waitFor(() => expect(screen.queryByTestId("review-reply-form")).toBeNull());
    expect(screen.getByTestId("page-reviews")).toBeTruthy();
  });

  it("are hidden only with a reason, which other says in words, and shown again", async () => {
    const host = await openReviews();
    await pressIn(2, "review-hide");
    const save = screen.getByTestId<HTMLButtonElement>("review-hide-form-save");
    expect(save.disabled).toBe(true);
    await press(screen.getByTestId("review-hide-reason-other"));
    expect(save.disabled).toBe(true);
    await write("review-hide-why", "다른 가게 이야기");
    await press(save);
    await waitFor(async () => expect((await row(2)).textContent).toContain("가게 요청으로 가려진 리뷰 · 다른 가게 이야기"));
    await pressIn(2, "review-show");
    await waitFor(async () => expect((await row(2)).textContent).not.toContain("가려진 리뷰"));
    expect(asked(host, "hide_review")).toEqual([
      { order_id: id(2), reason: "other", why: "다른 가게 이야기" },
      { order_id: id(2), reason: null },
    ]);
    const trail = within(await row(2)).getByTestId("review-trail").textContent;
    expect(trail).toContain("김정아 · 가림 · 그 밖의 이유");
    expect(trail).toContain("김정아 · 다시 보이게 함");
  });

  it("are only read by staff and by viewers", async () => {
    await openReviews((host) => (host.reviews.mayChange = false));
    await row(1);
    expect(screen.queryByTestId("review-reply")).toBeNull();
    expect(screen.queryByTestId("review-hide")).toBeNull();
    expect(within(await row(3)).queryByTestId("review-show")).toBeNull();
  });

  it("keep an answer that the server did not take", async () => {
    const host = await openReviews();
    await pressIn(1, "review-reply");
    await write("review-reply-text", "고맙습니다!");
    host.failures.set("reply_to_review", unreachable());
    await press(screen.getByTestId("review-reply-form-save"));
    await screen.findAllByText("서버에 연결할 수 없어요.", { exact: false });
    expect(screen.getByTestId<HTMLTextAreaElement>("review-reply-text").value).toBe("고맙습니다!");
  });

  it("need the internet, say so, and come when it is back", async () => {
    const host = await openReviews((host) => {
      host.show({ link: { ...host.current.link, light: "red" } });
    });
    expect((await screen.findByTestId("reviews-offline")).textContent).toContain("인터넷에 연결되어야");
    expect(asked(host, "reviews")).toEqual([]);
    host.failures.set("reviews", unreachable());
    await press(screen.getByTestId("reviews-again"));
    expect(screen.getByTestId("reviews-offline")).toBeTruthy();
    host.show({ link: { ...host.current.link, light: "green" } });
    await row(1);
    await waitFor(() => expect(screen.queryByTestId("reviews-offline")).toBeNull());
  });
});

describe("figures", () => {
  it("are what customers read", () => {
    expect(mean({ ratings: 3, stars: 13 })).toBe("4.3");
    expect(mean({ ratings: 12, stars: 54 })).toBe("4.5");
    expect(mean({ ratings: 2, stars: 10 })).toBeNull();
    expect(lengthOf("  가\n나  👍🏽 ")).toBe(6);
  });
});
