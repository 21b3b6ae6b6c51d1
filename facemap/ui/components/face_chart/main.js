// A drawn face to note on where muscles are tender. Called again on every rerun.
const NS = "http://www.w3.org/2000/svg";
const charts = new WeakMap();
const SPOT_MM = 4.2;

function shape(name, attributes, children = []) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class FaceChart {
  constructor(root) {
    this.root = root;
    this.spots = root.querySelector(".fc-spots");
    this.abort = new AbortController();
    const on = (type, act) => this.spots.addEventListener(type, act, { signal: this.abort.signal });
    const spotOf = (event) => event.target.closest("[data-spot]")?.dataset.spot;
    on("click", (event) => this.pick(spotOf(event)));
    on("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.pick(spotOf(event));
    });
  }

  show(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    const [left, top, right, bottom] = data.box;
    this.root.querySelector(".fc-svg").setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
    if (!this.drawn) {
      this.root.querySelector(".fc-face").replaceChildren(
        ...data.irises.map((iris) => shape("path", { d: iris.path, "stroke-width": iris.width })),
        ...data.irises.map((iris) => shape("circle", { class: "fc-pupil", cx: iris.x, cy: iris.y, r: iris.pupil })),
        ...data.strokes.map((stroke) => shape("path", { d: stroke.path, "stroke-width": stroke.width, class: stroke.filled ? "fc-filled" : "" })),
      );
      this.drawn = true;
    }
    this.spots.replaceChildren(...data.spots.map((spot) => this.drawSpot(spot)));
    this.pick(this.picked ?? null);
  }

  drawSpot({ id, label, x, y, value }) {
    const felt = value !== null;
    const group = shape("g", {
      class: `fc-spot${felt ? " fc-felt" : ""}${value > 4 ? " fc-dark" : ""}`, "data-spot": id,
      tabindex: "0", role: "button", transform: `translate(${x} ${y})`,
      "aria-label": `${label}: ${felt ? `tenderness ${value} of 10` : "not noted"}`,
    }, [shape("circle", { r: SPOT_MM })]);
    group.style.setProperty("--share", felt ? value / 10 : 0);
    const title = shape("title", {});
    title.textContent = label;
    group.append(title);
    if (felt) {
      const number = shape("text", { y: 0.2 });
      number.textContent = value;
      group.append(number);
    }
    return group;
  }

  pick(id) {
    this.picked = id;
    for (const group of this.spots.children) group.classList.toggle("fc-picked", group.dataset.spot === id);
    const spot = this.data.spots.find((one) => one.id === id);
    const name = this.root.querySelector(".fc-name");
    name.textContent = spot ? spot.label : "Pick a spot to note how tender the muscle is.";
    name.classList.toggle("fc-idle", !spot);
    const scale = this.root.querySelector(".fc-scale");
    scale.hidden = !spot;
    scale.style.display = spot ? "" : "none";
    if (!spot) return;
    const button = (text, value, className = "") => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = className;
      made.textContent = text;
      made.setAttribute("aria-pressed", String(value !== null && value === spot.value));
      made.addEventListener("click", () => this.emit("noted", { muscle: spot.muscle, side: spot.side, tenderness: value }));
      return made;
    };
    scale.replaceChildren(...Array.from({ length: 11 }, (_, n) => button(String(n), n)), button("Not noted", null, "fc-clear"));
  }

  destroy() {
    this.abort.abort();
  }
}

export default function ({ parentElement: root, data, setTriggerValue }) {
  let shown = charts.get(root);
  if (!shown) {
    shown = new FaceChart(root);
    charts.set(root, shown);
  }
  shown.emit = setTriggerValue;
  shown.show(data);
  return () => {
    shown.destroy();
    charts.delete(root);
  };
}
