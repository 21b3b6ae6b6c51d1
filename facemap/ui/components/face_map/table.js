// The zone table beside the picture; a selected row opens.
const COLUMNS = 6;

function node(name, className, text, children = []) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

class ZoneTable {
  constructor(root, { signal, onHover, onSelect }) {
    this.body = root.querySelector(".fm-table tbody");
    this.rows = new Map();
    const zoneOf = (event) => event.target.closest("tr[data-zone]")?.dataset.zone ?? null;
    const on = (type, act) => this.body.addEventListener(type, act, { signal });
    on("click", (event) => onSelect(zoneOf(event)));
    on("pointerover", (event) => onHover(zoneOf(event)));
    on("pointerleave", () => onHover(null));
  }

  show(map) {
    this.rows.clear();
    this.selected = null;
    this.body.replaceChildren(...map.zones.map((zone) => {
      const row = node("tr", zone.judged ? "" : "fm-none");
      row.dataset.zone = zone.id;
      const button = node("button", "fm-name", zone.name);
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      const swatch = node("i", "fm-swatch");
      swatch.style.setProperty("--color", zone.color);
      row.append(node("th", "", undefined, [swatch, button]), ...this.cells(zone));
      row.firstChild.scope = "row";
      this.rows.set(zone.id, { row, zone, button });
      return row;
    }));
  }

  cells(zone) {
    if (!zone.judged) {
      const reason = node("td", "fm-reason", zone.reason);
      reason.colSpan = COLUMNS - 1;
      return [reason];
    }
    const track = node("span", "fm-track");
    track.style.setProperty("--color", zone.color);
    track.style.setProperty("--at", `${zone.severity}%`);
    track.style.setProperty("--sd", `${zone.severity_sd ?? 0}%`);
    track.append(node("i", "fm-fill"), node("i", "fm-whisker"));
    return [
      node("td", "", undefined, [node("div", "fm-severity", undefined, [track, node("span", "fm-said", zone.said)])]),
      ...zone.cells.map((text, i) => node("td", i < 2 ? "fm-num" : "fm-num fm-wide", text)),
    ];
  }

  mark(hovered, selected) {
    for (const [id, { row }] of this.rows) row.classList.toggle("fm-hover", id === hovered);
    if (selected === this.selected) return;
    this.selected = selected;
    this.body.querySelector(".fm-detail")?.remove();
    for (const [id, { row, zone, button }] of this.rows) {
      row.classList.toggle("fm-selected", id === selected);
      button.setAttribute("aria-expanded", String(id === selected));
      if (id === selected) row.after(this.detail(zone));
    }
  }

  detail(zone) {
    const facts = zone.facts.map(([name, value]) => node("div", "", undefined, [node("dt", "", name), node("dd", "", value)]));
    const cell = node("td", "", undefined, [node("dl", "", undefined, facts)]);
    cell.colSpan = COLUMNS;
    return node("tr", "fm-detail", undefined, [cell]);
  }

  reveal(zoneId) {
    const row = this.rows.get(zoneId)?.row;
    const box = row?.closest(".fm-right");
    if (!row || !box) return;
    // Within the table's own box only: the page must not jump.
    const top = row.offsetTop - box.clientHeight / 3;
    box.scrollTo({ top, behavior: "smooth" });
  }
}
