import type { ReviewCard } from "../../generated/ReviewCard";
import type { ReviewPage } from "../../generated/ReviewPage";
import type { ReviewStep } from "../../generated/ReviewStep";
import type { WorkCalls } from "../WorkCalls";

const HOUR = 3_600_000;
/** Reviews of one page. */
const PAGE = 3;
const id = (n: number) => `0195d000-0000-7000-8000-00000000a00${n}`;

function review(n: number, stars: number, items: string[], text: string | undefined, now: number): ReviewCard {
  const at = now - n * 7 * HOUR;
  const steps: ReviewStep[] = [{ kind: "written", at, stars }];
  if (text === undefined) return { order_id: id(n), items, stars, written_at: at, steps };
  return { order_id: id(n), items, stars, text, written_at: at, steps: [...steps, { kind: "told", at: at + 40_000, stars }] };
}

/** What customers of the sample café said; answers and hides as the server does. */
export class SampleReviews {
  #reviews: ReviewCard[];
  mayChange = true;

  constructor(now: number) {
    const insulted = review(3, 1, ["아이스 아메리카노"], "여기 진짜 다시는 안 가요", now);
    this.#reviews = [
      review(1, 5, ["아이스 아메리카노", "똠방각하 떡케이크"], "떡케이크가 정말 쫀득해요. 포장도 꼼꼼하고 약속한 시각에 딱 나왔어요 👍", now),
      { ...review(2, 3, ["카페 라떼"], "맛은 좋은데 조금 식어 있었어요.", now), reply: "죄송해요. 다음에는 바로 내어 드릴게요!" },
      {
        ...insulted,
        hidden: { reason: "insult", at: now - 20 * HOUR },
        steps: [...insulted.steps, { kind: "hidden", at: now - 20 * HOUR, stars: 1, reason: "insult", by: "김정아" }],
      },
      review(4, 4, ["레몬 에이드", "콜드브루"], undefined, now),
    ];
  }

  /** Answers a call about reviews; `undefined` for calls of others. */
  answer(name: string, args: unknown, now: number): ReviewPage | ReviewCard | undefined {
    switch (name) {
      case "reviews":
        return this.#page((args as WorkCalls["reviews"]["args"]).before);
      case "reply_to_review": {
        const { order_id, text } = args as WorkCalls["reply_to_review"]["args"];
        return this.#change(order_id, { reply: text.trim() }, { kind: "replied", at: now, by: "김정아" });
      }
      case "hide_review": {
        const { order_id, reason, why } = args as WorkCalls["hide_review"]["args"];
        if (reason === null) return this.#change(order_id, { hidden: undefined }, { kind: "shown", at: now, by: "김정아" });
        const hidden = { reason, at: now, ...(why !== undefined && { why }) };
        return this.#change(order_id, { hidden }, { kind: "hidden", at: now, reason, by: "김정아" });
      }
      default:
        return undefined;
    }
  }

  #page(before: string | undefined): ReviewPage {
    const from = this.#reviews.findIndex((one) => one.order_id === before) + 1;
    const stars = this.#reviews.reduce((sum, one) => sum + one.stars, 0);
    return {
      reviews: this.#reviews.slice(from, from + PAGE),
      more: from + PAGE < this.#reviews.length,
      rating: { ratings: this.#reviews.length, stars },
      may_change: this.mayChange,
    };
  }

  #change(orderId: string, change: Partial<Record<keyof ReviewCard, unknown>>, step: Omit<ReviewStep, "stars">): ReviewCard {
    const changed = this.#reviews.map((one) =>
      one.order_id === orderId ? ({ ...one, ...change, steps: [...one.steps, { ...step, stars: one.stars }] } as ReviewCard) : one,
    );
    this.#reviews = changed;
    return changed.find((one) => one.order_id === orderId) as ReviewCard;
  }
}
