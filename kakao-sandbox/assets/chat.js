"use strict";
// The chat page: draws the transcript, follows it live, and posts what the customer types and taps.

const BOT = document.body.dataset.bot;
const FOLD_AT = 500; // Kakao folds longer texts behind "전체 보기".
const FIRST_ROOM = "c1";
const RECONNECT_MS = 1500;
const TOAST_MS = 3200;
const FACES = ["#7aa5d8", "#e08e79", "#74b49b", "#a58bd0", "#d9a441", "#5fa8b5", "#cf7ea6", "#8d9aa8"];

const $ = (id) => document.getElementById(id);
const talk = $("talk");
const list = $("messages");
const state = { room: null, rooms: [], lastSeq: 0, messages: [], typing: false, source: null, seen: readSeen() };

// ---------------------------------------------------------------- elements

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick") node.addEventListener("click", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function svg(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holder.content.firstElementChild;
}

const botFace = () =>
  el("span", { class: "avatar", "aria-hidden": "true" }, svg(
    '<svg viewBox="0 0 40 40"><rect width="40" height="40" fill="#ff7a45"/>' +
    '<path d="M9 20h22c0 6-4 10-8 11v1h-6v-1c-4-1-8-5-8-11z" fill="#fff"/>' +
    '<path d="M15 17c-2-2 1-3 0-6M20 17c-2-2 1-3 0-6M25 17c-2-2 1-3 0-6" fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round"/></svg>',
  ));

const bowl = () => svg(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">' +
  '<path d="M4 12h16c0 4-3 7-6 8v1h-4v-1c-3-1-6-4-6-8z"/><path d="M8 9c-1-1 1-2 0-4M12 9c-1-1 1-2 0-4M16 9c-1-1 1-2 0-4"/></svg>',
);

function picture(url, alt, shape) {
  const frame = el("span", { class: `picture ${shape}` });
  const image = el("img", { src: url, alt: alt || "", loading: "lazy" });
  image.addEventListener("error", () => {
    frame.classList.add("broken");
    frame.replaceChildren(bowl());
  });
  image.addEventListener("load", () => stick());
  frame.append(image);
  return frame;
}

// ---------------------------------------------------------------- words and numbers

const clock = new Intl.DateTimeFormat("ko-KR", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Seoul" });
const day = new Intl.DateTimeFormat("ko-KR", { dateStyle: "full", timeZone: "Asia/Seoul" });
const won = (amount) => `${Number(amount).toLocaleString("ko-KR")}원`;
const linkOf = (link) => link && (link.web || link.mobile || link.pc);

// ---------------------------------------------------------------- what can be tapped

function control(tag, className, message, place, card, index, body, label, ...children) {
  const action = body.action || (linkOf(body.link) ? "webLink" : undefined);
  const href = action === "webLink" ? body.webLinkUrl || linkOf(body.link) : undefined;
  const common = { class: className, "data-action": action, "data-label": label, "data-place": place, "data-card": card, "data-index": index };
  if (href) {
    return el("a", { ...common, href, target: "_blank", rel: "noopener", "data-href": href }, ...children);
  }
  if (action === "phone") {
    return el("a", { ...common, href: `tel:${body.phoneNumber}`, "data-href": `tel:${body.phoneNumber}` }, ...children);
  }
  if (!action) return el(tag === "button" ? "button" : "div", { ...common, type: tag === "button" ? "button" : undefined }, ...children);
  const tap = () => post("tap", { seq: message.seq, place, card, index });
  return el("button", { ...common, type: "button", onclick: tap }, ...children);
}

function buttons(message, body, card, fixedRatio) {
  const all = body.buttons || [];
  if (all.length === 0) return null;
  const horizontal = body.buttonLayout ? body.buttonLayout === "horizontal" : fixedRatio;
  return el("div", { class: horizontal ? "buttons horizontal" : "buttons" },
    ...all.map((button, index) => control("button", "button", message, "button", card, index, button, button.label, button.label)));
}

// ---------------------------------------------------------------- bubbles

function simpleText(content) {
  const text = content.text || "";
  const words = el("span", { class: "bubble-text" });
  const bubble = el("div", { class: "bubble" }, words);
  if (text.length <= FOLD_AT) {
    words.textContent = text;
    return bubble;
  }
  words.textContent = `${text.slice(0, FOLD_AT)}…`;
  bubble.append(el("button", { type: "button", class: "fold", "data-fold": true, onclick: (event) => {
    words.textContent = text;
    event.currentTarget.remove();
  } }, "전체 보기"));
  return bubble;
}

function simpleImage(content) {
  const frame = picture(content.imageUrl, content.altText, "");
  frame.classList.add("photo");
  return frame;
}

function words(title, description) {
  if (!title && !description) return null;
  return el("div", { class: "card-text" },
    title ? el("div", { class: "card-title" }, title) : null,
    description ? el("div", { class: "card-description" }, description) : null);
}

function thumbnail(image) {
  if (!image) return null;
  const shape = image.fixedRatio ? "square" : "wide";
  const frame = picture(image.imageUrl, image.altText, shape);
  const href = linkOf(image.link);
  return href ? el("a", { href, target: "_blank", rel: "noopener", "data-href": href }, frame) : frame;
}

function textCard(message, body, card) {
  return el("div", { class: "card" }, words(body.title, body.description), buttons(message, body, card, false));
}

function basicCard(message, body, card) {
  return el("div", { class: "card" }, thumbnail(body.thumbnail), words(body.title, body.description),
    buttons(message, body, card, Boolean(body.thumbnail && body.thumbnail.fixedRatio)));
}

// discountedPrice wins; the rate shows only beside it, and wins over the amount.
function price(body) {
  const shown = body.discountedPrice ?? body.price - (body.discount ?? 0);
  const rate = body.discountedPrice !== undefined ? body.discountRate : undefined;
  const off = rate !== undefined ? `${rate}%` : body.discount ? `${won(body.discount)} 할인` : null;
  return el("div", { class: "price", "data-price": shown },
    shown !== body.price ? el("s", {}, won(body.price)) : null, off ? el("em", {}, off) : null, won(shown));
}

function profile(body) {
  if (!body.profile) return null;
  const name = body.profile.nickname || body.profile.title;
  return el("div", { class: "profile" }, body.profile.imageUrl ? picture(body.profile.imageUrl, "", "") : null, name);
}

function commerceCard(message, body, card) {
  const image = (body.thumbnails || [])[0];
  const text = el("div", { class: "card-text" },
    body.title ? el("div", { class: "card-title" }, body.title) : null, price(body),
    body.description ? el("div", { class: "card-description" }, body.description) : null);
  return el("div", { class: "card" }, thumbnail(image), profile(body), text,
    buttons(message, body, card, Boolean(image && image.fixedRatio)));
}

function listCard(message, body, card) {
  const items = (body.items || []).map((item, index) => control("div", "list-item", message, "item", card, index, item, item.title,
    el("span", {}, el("b", {}, item.title), item.description ? el("small", {}, item.description) : null),
    item.imageUrl ? picture(item.imageUrl, "", "") : null));
  return el("div", { class: "card" }, el("div", { class: "list-header" }, body.header.title), ...items, buttons(message, body, card, false));
}

function itemCard(message, body, card) {
  const rows = (body.itemList || []).flatMap((row) => [el("dt", {}, row.title), el("dd", {}, row.description)]);
  const top = body.imageTitle;
  const shape = body.thumbnail && body.thumbnail.width && body.thumbnail.width > body.thumbnail.height ? "wide" : "square";
  return el("div", { class: "card" },
    body.thumbnail ? picture(body.thumbnail.imageUrl, body.thumbnail.altText, shape) : null,
    body.head ? el("div", { class: "item-head" }, body.head.title) : null,
    profile(body),
    top ? el("div", { class: "image-title" },
      el("span", {}, el("b", {}, top.title), top.description ? el("small", {}, top.description) : null),
      top.imageUrl ? picture(top.imageUrl, "", "") : null) : null,
    el("dl", { class: body.itemListAlignment === "right" ? "rows right" : "rows" }, ...rows),
    body.itemListSummary ? el("div", { class: "summary" }, el("span", {}, body.itemListSummary.title), el("b", {}, body.itemListSummary.description)) : null,
    words(body.title, body.description),
    buttons(message, body, card, false));
}

const CARDS = { textCard, basicCard, commerceCard, listCard, itemCard };

function carousel(message, body) {
  const draw = CARDS[body.type];
  const head = body.header && el("div", { class: "card carousel-head" },
    el("div", { class: "card-title" }, body.header.title), el("div", { class: "card-description" }, body.header.description));
  const cards = body.items.map((item, index) => {
    const card = draw(message, item, index);
    card.dataset.cardIndex = index;
    return card;
  });
  const track = el("div", { class: "carousel", tabindex: "0" }, head || null, ...cards);
  const move = (by) => track.scrollBy({ left: by * 260, behavior: "smooth" });
  const back = el("button", { type: "button", class: "pager back", "aria-label": "이전", onclick: () => move(-1) }, "‹");
  const next = el("button", { type: "button", class: "pager next", "aria-label": "다음", onclick: () => move(1) }, "›");
  const ends = () => {
    back.disabled = track.scrollLeft < 8;
    next.disabled = track.scrollLeft + track.clientWidth > track.scrollWidth - 8;
  };
  track.addEventListener("scroll", ends, { passive: true });
  requestAnimationFrame(ends);
  return el("div", { class: "carousel-wrap" }, track, back, next);
}

function alimtalk(message, content) {
  const icon = svg('<svg viewBox="0 0 24 24"><path d="M12 3C6 3 2 6 2 11c0 3 2 5 5 6l-1 4 4-3h2c6 0 10-3 10-7s-4-8-10-8z" fill="#191919"/></svg>');
  const actions = { WL: "webLink", TN: "phone" };
  const list = (content.buttons || []).map((button, index) => control("button", "button", message, "button", 0, index,
    { action: actions[button.type] || "message", webLinkUrl: button.linkMo, phoneNumber: button.telNumber }, button.name, button.name));
  return el("div", { class: "alimtalk" },
    el("div", { class: "alimtalk-head" }, icon, "알림톡 도착"),
    content.title ? el("div", { class: "alimtalk-title" }, content.title) : null,
    el("div", { class: "alimtalk-text" }, content.text),
    list.length ? el("div", { class: "buttons" }, ...list) : null);
}

function sms(content) {
  return el("div", { class: "sms" },
    el("div", { class: "sms-head" }, `문자 (${content.type}) · ${content.from}`),
    el("div", { class: "sms-text" }, content.text));
}

function bubble(message) {
  const content = message.content;
  if (message.kind === "alimtalk") return alimtalk(message, content);
  if (message.kind === "sms") return sms(content);
  if (message.kind === "simpleText") return simpleText(content);
  if (message.kind === "simpleImage") return simpleImage(content);
  if (message.kind === "carousel") return carousel(message, content);
  const draw = CARDS[message.kind];
  return draw ? draw(message, content, 0) : simpleText({ text: JSON.stringify(content) });
}

function draw(message, previous) {
  const attributes = { "data-role": message.role, "data-kind": message.kind, "data-seq": message.seq };
  const time = el("span", { class: "time" }, clock.format(message.at));
  if (message.role === "system") {
    return el("div", { class: "message", ...attributes, "data-rule": message.content.rule }, el("div", { class: "system-line" }, message.content.text));
  }
  const first = !previous || previous.role !== message.role;
  const className = first ? "message first" : "message";
  if (message.role === "me") {
    return el("div", { class: className, ...attributes }, time, el("div", { class: "bubble" }, message.content.text));
  }
  const wide = message.kind === "carousel" ? "body wide" : "body";
  return el("div", { class: className, ...attributes },
    first ? botFace() : el("span", {}),
    first ? el("div", { class: "sender" }, message.content.sender || BOT) : null,
    el("div", { class: wide }, bubble(message), time));
}

// ---------------------------------------------------------------- the transcript

function append(message) {
  if (message.seq <= state.lastSeq) return;
  const previous = state.messages.at(-1);
  state.lastSeq = message.seq;
  state.messages.push(message);
  if (!previous) list.replaceChildren();
  if (!previous || day.format(previous.at) !== day.format(message.at)) list.append(el("div", { class: "day" }, day.format(message.at)));
  list.querySelectorAll(".typing-line, .quick").forEach((node) => node.remove());
  list.append(draw(message, previous));
  tail();
  remember(state.room, message.seq);
}

// What stands under the last message: typing dots, or the quick replies of the last answer.
function tail() {
  list.querySelectorAll(".typing-line, .quick").forEach((node) => node.remove());
  const answer = state.messages.findLast((message) => message.role === "bot" || message.role === "me");
  if (state.typing) {
    list.append(el("div", { class: "message first typing-line", "data-typing": true }, botFace(),
      el("div", { class: "sender" }, BOT), el("div", { class: "body" }, el("div", { class: "bubble typing" }, el("i"), el("i"), el("i")))));
  } else if (answer && answer.role === "bot" && answer.quick_replies) {
    list.append(el("div", { class: answer.quick_replies.length > 4 ? "quick wrap" : "quick" }, ...answer.quick_replies.map((reply, index) =>
      el("button", { type: "button", "data-quick": reply.label, "data-action": reply.action, "data-label": reply.label,
        onclick: () => post("tap", { seq: answer.seq, place: "quick", index }) }, reply.label))));
  }
  stick(true);
}

let follow = true;
talk.addEventListener("scroll", () => { follow = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120; }, { passive: true });
function stick(force) {
  if (force || follow) talk.scrollTop = talk.scrollHeight;
}

function welcome() {
  list.replaceChildren(el("div", { class: "welcome" }, botFace(), el("strong", {}, BOT),
    el("p", {}, "메뉴를 고르고 카카오페이로 결제하면"), el("p", {}, "매장에서 바로 준비해 드려요."),
    el("button", { type: "button", "data-start": true, onclick: () => post("start", {}) }, "채팅 시작")));
}

// ---------------------------------------------------------------- the server

async function post(what, body) {
  try {
    const response = await fetch(`/chat/${state.room}/${what}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) return toast(answer.message || "잠시 후 다시 해 주세요.");
    if (answer.open_url) window.open(answer.open_url, "_blank", "noopener");
  } catch {
    toast("샌드박스에 연결되지 않았어요.");
  }
}

function listen() {
  state.source?.close();
  const source = new EventSource(`/chat/${state.room}/events?after=${state.lastSeq}`);
  state.source = source;
  source.addEventListener("message", (event) => append(JSON.parse(event.data)));
  source.addEventListener("typing", (event) => {
    const on = JSON.parse(event.data).on;
    if (on === state.typing) return;
    state.typing = on;
    if (state.messages.length) tail();
  });
  source.addEventListener("rooms", (event) => {
    state.rooms = JSON.parse(event.data);
    drawRooms();
    // The past comes before the first list of rooms, so an empty chat is known to be empty here.
    if (state.messages.length === 0 && !list.querySelector(".welcome")) welcome();
  });
  source.addEventListener("reset", () => location.reload());
  // The browser resumes by itself after a lost connection, but not after an error answer.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED && state.source === source) setTimeout(reconnect, RECONNECT_MS);
  };
}

// A customer may be gone after a reset; the first one is always a good place to be.
async function reconnect() {
  const answer = await fetch(`/chat/${state.room}/messages?after=${state.lastSeq}`).catch(() => null);
  if (answer?.status === 404 && state.room !== FIRST_ROOM) enter(FIRST_ROOM, true);
  else listen();
}

// ---------------------------------------------------------------- rooms

function readSeen() {
  try { return JSON.parse(sessionStorage.getItem("seen") || "{}"); } catch { return {}; }
}

function remember(room, seq) {
  state.seen[room] = seq;
  sessionStorage.setItem("seen", JSON.stringify(state.seen));
}

function enter(id, push) {
  if (state.room === id) return closeRooms();
  Object.assign(state, { room: id, lastSeq: 0, messages: [], typing: false });
  if (push) history.pushState({}, "", `/chat/${id}`);
  list.replaceChildren();
  listen();
  drawRooms();
  closeRooms();
}

function drawRooms() {
  let waiting = 0;
  $("rooms-list").replaceChildren(...state.rooms.map((room, index) => {
    const current = room.id === state.room;
    const unread = current ? 0 : Math.max(0, room.lastSeq - (state.seen[room.id] || 0));
    waiting += unread;
    const face = el("span", { class: "face", style: `background:${FACES[index % FACES.length]}` }, String(index + 1));
    return el("li", {}, el("button", { type: "button", class: "room", "data-customer": room.id, "aria-current": String(current), onclick: () => enter(room.id, true) },
      face, el("span", { class: "room-name" }, room.name, el("small", {}, room.phone)),
      el("span", { class: "room-time" }, room.lastAt ? clock.format(room.lastAt) : ""),
      el("span", { class: "room-last" }, room.typing ? "챗봇이 답하는 중…" : room.last || "아직 대화가 없어요"),
      unread ? el("span", { class: "room-count" }, String(unread)) : null));
  }));
  const here = state.rooms.find((room) => room.id === state.room);
  $("block").setAttribute("aria-pressed", String(Boolean(here?.blocked)));
  $("who").textContent = here ? `${here.name} · ${here.phone}` : "";
  $("unread-total").hidden = waiting === 0;
  $("unread-total").textContent = String(waiting);
}

function closeRooms() {
  $("rooms").classList.remove("open");
  $("scrim").hidden = true;
}

$("open-rooms").addEventListener("click", () => { $("rooms").classList.add("open"); $("scrim").hidden = false; });
$("scrim").addEventListener("click", closeRooms);
$("add-customer").addEventListener("click", async () => {
  const response = await fetch("/customers", { method: "POST" });
  const answer = await response.json();
  if (response.ok) enter(answer.customer, true);
  else toast(answer.message);
});
$("block").addEventListener("click", (event) => post("block", { blocked: event.currentTarget.getAttribute("aria-pressed") !== "true" }));
$("restart").addEventListener("click", () => post("start", {}));

// ---------------------------------------------------------------- typing

const text = $("text");
function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 104)}px`;
  $("send").disabled = text.value.trim() === "";
}
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  // Enter that finishes a Korean syllable is not the end of the message.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  text.value = "";
  grow();
  post("send", { text: words });
});

let toastTimer;
function toast(message) {
  $("toast").textContent = message;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, TOAST_MS);
}

function showClock() {
  $("phone-clock").textContent = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Seoul" }).format(Date.now());
}
showClock();
setInterval(showClock, 10000);

function fromAddress() {
  const path = location.pathname.match(/^\/chat\/([^/]+)$/);
  return new URLSearchParams(location.search).get("customer") || (path && decodeURIComponent(path[1])) || FIRST_ROOM;
}
window.addEventListener("popstate", () => enter(fromAddress(), false));
enter(fromAddress(), false);
