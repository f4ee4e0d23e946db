// Makes elements. What is given as text stays text: nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";

/// An element: `h("p.hint", { id: "x", onclick: f, hidden: true }, "words", child, null)`.
export function h(name, properties, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key in element && key !== "list" && key !== "form" && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/// A picture from the page's set of symbols.
export function icon(name, title) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "picture");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute(title ? "aria-label" : "aria-hidden", title ?? "true");
  if (title) picture.setAttribute("role", "img");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  picture.append(use);
  return picture;
}

/// Makes the children of `parent` these elements. Those that carry the same `data-key` and `data-as` as before stay, so that
/// nothing jumps, loses focus or is read out again.
export function keep(parent, elements) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = elements.map((element) => {
    const old = before.get(element.dataset.key);
    return old && old.dataset.as === element.dataset.as ? old : element;
  });
  const staying = new Set(wanted);
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove();
  wanted.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
}
