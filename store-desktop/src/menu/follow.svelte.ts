import type { Counter } from "../counter/counter.svelte";
import type { Menu } from "../generated/Menu";

/** The menu as this PC knows it, read again whenever the view says that it is another. Call it while a component is set up. */
export function followMenu(counter: Counter): { readonly menu: Menu | null } {
  let menu = $state.raw<Menu | null>(null);
  const revision = $derived(counter.view?.menu_revision);
  $effect(() => {
    if (revision === undefined) return;
    let left = false;
    void counter.call("menu", {}).then((answer) => {
      if (answer && !left) menu = answer.menu;
    });
    return () => {
      left = true;
    };
  });
  return {
    get menu() {
      return menu;
    },
  };
}
