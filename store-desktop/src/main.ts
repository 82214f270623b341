import { mount } from "svelte";

import App from "./App.svelte";
import { chooseHost } from "./host/choose";
import "./style/tokens.css";
import "./style/base.css";
import "./style/button.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has the element #app");
mount(App, { target, props: { host: await chooseHost() } });
