// What changed by zone: a chart whose rows lead the picture to the zone.
function node(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const LOOKS = { better: "pv-is-better", worse: "pv-is-worse", no_detectable_change: "pv-same" };

class Changes {
  constructor(root, { onSelect }) {
    this.root = root;
    this.list = root.querySelector(".pv-rows");
    this.onSelect = onSelect;
  }

  show(pair) {
    this.pair = pair;
    const hidden = !pair.rows.length && !pair.left_out.length;
    this.root.querySelector(".pv-right").hidden = hidden;
    this.root.querySelector(".pv").classList.toggle("pv-plain", hidden);
    for (const part of [".pv-axis", ".pv-rows", ".pv-key"]) this.root.querySelector(part).hidden = !pair.rows.length;
    this.root.querySelector(".pv-low").textContent = `−${pair.span}`;
    this.root.querySelector(".pv-high").textContent = `+${pair.span}`;
    const changed = pair.rows.filter((row) => row.verdict !== "no_detectable_change");
    const same = pair.rows.filter((row) => row.verdict === "no_detectable_change");
    const parts = changed.map((row) => this.draw(row));
    if (same.length) parts.push(node("li", "pv-group", pair.same_said));
    this.list.replaceChildren(...parts, ...same.map((row) => this.draw(row)));
    this.drawLeftOut(pair.left_out);
  }

  draw(row) {
    const item = node("li", LOOKS[row.verdict]);
    item.style.setProperty("--color", row.color);
    item.classList.toggle("pv-tell", row.tell);
    item.dataset.zone = row.id;
    item.dataset.verdict = row.verdict;
    const button = node("button", "pv-row");
    button.type = "button";
    button.setAttribute("aria-label", row.label);
    button.setAttribute("aria-expanded", "false");
    const track = node("span", "pv-track");
    track.style.setProperty("--x", row.at);
    track.style.setProperty("--half", row.half);
    const dot = node("i", "pv-dot", row.mark);
    track.append(node("i", "pv-band"), node("i", "pv-zero"), node("i", "pv-bar95"), dot);
    button.append(node("span", "pv-name", row.name), track, node("span", "pv-value", row.said), node("span", "pv-least", row.least), node("span", "pv-sentence", row.sentence));
    button.addEventListener("click", () => this.onSelect(item.classList.contains("pv-open") ? null : row.id));
    const more = node("dl", "pv-more");
    more.hidden = true;
    more.append(...row.facts.map(([name, value]) => {
      const fact = node("div");
      fact.append(node("dt", "", name), node("dd", "", value));
      return fact;
    }));
    item.append(button, more);
    return item;
  }

  drawLeftOut(groups) {
    const box = this.root.querySelector(".pv-left-out");
    box.replaceChildren();
    if (!groups.length) return;
    box.append(node("h4", "", "Can't be compared"), ...groups.map(({ zones, reason }) => {
      const said = node("p");
      said.append(node("b", "", zones), reason);
      return said;
    }));
  }

  mark(zone) {
    for (const item of this.list.querySelectorAll("[data-zone]")) {
      const open = item.dataset.zone === zone;
      item.classList.toggle("pv-open", open);
      item.querySelector(".pv-row").setAttribute("aria-expanded", String(open));
      item.querySelector(".pv-more").hidden = !open;
    }
  }
}
