// Links picture and table. Called again on every rerun: same data, same picture.
const instances = new WeakMap();

function unpack(bytes) {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const length = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
  const map = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  return [map, data.subarray(4 + length)];
}

class FaceMap {
  constructor(root) {
    this.root = root;
    this.abort = new AbortController();
    const links = {
      signal: this.abort.signal,
      onHover: (zone) => this.mark(zone, this.selected),
      onSelect: (zone) => this.select(zone),
    };
    this.viewer = new Viewer(root, links);
    this.table = new ZoneTable(root, links);
    this.layers = { zones: true, fine_line: true, wrinkle: true, fold: true, landmarks: false, values: false };
    const slider = root.querySelector(".fm-opacity input");
    const setOpacity = () => this.viewer.setOpacity(slider.value / 100);
    slider.addEventListener("input", setOpacity, { signal: this.abort.signal });
    setOpacity();
  }

  show(map, jpeg) {
    this.id = map.id;
    this.selected = this.hovered = null;
    this.root.querySelector(".fm-ramp").style.setProperty("--ramp", map.ramp.join(","));
    this.viewer.show(map, jpeg);
    this.table.show(map);
    this.drawChips(map);
    this.root.querySelector(".fm").dataset.ready = map.id;
  }

  drawChips(map) {
    const rows = [
      { id: "zones", name: "Zones" },
      ...map.kinds.map((kind) => ({ ...kind, name: `${kind.name} ${kind.count}` })),
      { id: "values", name: "Values" }, { id: "landmarks", name: "Landmarks" },
    ];
    this.root.querySelector(".fm-chips").replaceChildren(...rows.map(({ id, name, color }) => {
      const chip = node("button", "fm-chip", name);
      chip.type = "button";
      chip.dataset.layer = id;
      if (color) {
        const swatch = node("i");
        swatch.style.setProperty("--color", color);
        chip.prepend(swatch);
      }
      const show = () => {
        chip.setAttribute("aria-pressed", String(this.layers[id]));
        this.viewer.toggle(id, this.layers[id]);
      };
      chip.addEventListener("click", () => {
        this.layers[id] = !this.layers[id];
        show();
      });
      show();
      return chip;
    }));
  }

  select(zone) {
    this.selected = zone === this.selected ? null : zone;
    this.mark(this.hovered, this.selected);
    this.table.reveal(this.selected);
  }

  mark(hovered, selected) {
    if (hovered === this.hovered && selected === this.marked) return;
    this.hovered = hovered;
    this.marked = selected;
    this.viewer.mark(hovered, selected);
    this.table.mark(hovered, selected);
  }

  destroy() {
    this.abort.abort();
    this.viewer.destroy();
  }
}

export default function ({ parentElement: root, data }) {
  const [map, jpeg] = unpack(data);
  let shown = instances.get(root);
  if (!shown) {
    shown = new FaceMap(root);
    instances.set(root, shown);
  }
  if (shown.id !== map.id) shown.show(map, jpeg);
  return () => {
    shown.destroy();
    instances.delete(root);
  };
}
