export { conflicts } from "./conflicts";
export { history } from "./history";
export { menu } from "./menu";
export { printing } from "./printing";
export { sales } from "./sales";
export { soldOut } from "./sold-out";
export { sounds } from "./sounds";
export * from "./work";
