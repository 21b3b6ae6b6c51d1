// Links the pair with what changed. Called again on every rerun: same data, same picture.
const pairs = new WeakMap();
const MODES = { wipe: "Slider", blink: "Blink", side: "Side by side" };

function unpackPair(bytes) {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const length = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
  const pair = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  let from = 4 + length;
  const pictures = pair.sizes.map((size) => data.subarray(from, (from += size)));
  return [pair, pictures];
}

class PairView {
  constructor(root) {
    this.root = root;
    this.abort = new AbortController();
    const signal = this.abort.signal;
    this.panes = new Panes(root, signal);
    this.changes = new Changes(root, { onSelect: (zone) => this.look(zone) });
    this.jump = root.querySelector(".pv-jump select");
    this.jump.addEventListener("change", () => this.look(this.jump.value || null), { signal });
    this.match = root.querySelector(".pv-match input");
    this.match.addEventListener("change", () => this.matchLight(), { signal });
  }

  show(pair, pictures) {
    this.id = pair.id;
    this.pair = pair;
    this.drawModes(pair.modes);
    this.drawJump(pair);
    if (!pair.modes.includes(this.panes.mode)) this.setMode(pair.modes[0]);
    this.panes.show(pair, pictures);
    const hasMatch = Boolean(pictures[2]?.length);
    this.root.querySelector(".pv-match").hidden = !hasMatch;
    this.match.checked = true;
    this.matchLight();
    this.changes.show(pair);
    this.setMode(this.panes.mode);
    this.root.querySelector(".pv").dataset.ready = pair.id;
  }

  matchLight() {
    this.panes.match(this.match.checked);
    const said = this.root.querySelector(".pv-said");
    said.textContent = this.match.checked ? this.pair.match_said : "Light and color are as photographed.";
    said.hidden = !this.pair.match_said;
  }

  drawModes(modes) {
    const group = this.root.querySelector(".pv-modes");
    group.hidden = modes.length < 2;
    group.replaceChildren(...modes.map((mode) => {
      const button = node("button", "", MODES[mode]);
      button.type = "button";
      button.setAttribute("role", "radio");
      button.dataset.mode = mode;
      button.addEventListener("click", () => this.setMode(mode));
      button.addEventListener("keydown", (event) => {
        const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!way) return;
        event.preventDefault();
        const next = modes[(modes.indexOf(mode) + way + modes.length) % modes.length];
        this.setMode(next);
        group.querySelector(`[data-mode="${next}"]`).focus();
      });
      return button;
    }));
  }

  setMode(mode) {
    this.panes.setMode(mode);
    for (const button of this.root.querySelectorAll(".pv-modes button")) {
      const checked = button.dataset.mode === mode;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
    }
  }

  drawJump(pair) {
    this.root.querySelector(".pv-jump").hidden = pair.zones.length < 2;
    this.jump.replaceChildren(...[{ id: "", name: "The whole face" }, ...pair.zones].map(({ id, name }) => {
      const option = node("option", "", name);
      option.value = id;
      return option;
    }));
  }

  look(zone) {
    this.jump.value = zone ?? "";
    this.panes.look(zone);
    this.changes.mark(zone);
  }

  destroy() {
    this.abort.abort();
    this.panes.destroy();
  }
}

export default function ({ parentElement: root, data }) {
  const [pair, pictures] = unpackPair(data);
  let shown = pairs.get(root);
  if (!shown) {
    shown = new PairView(root);
    pairs.set(root, shown);
  }
  if (shown.id !== pair.id) shown.show(pair, pictures);
  return () => {
    shown.destroy();
    pairs.delete(root);
  };
}
