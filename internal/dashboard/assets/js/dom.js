// Elements of a page. Text is only ever put in as text, whatever a log says.

// Names may be written from right to left, or turn what follows them around: each such run is kept to itself, so that 3 → 8 is
// never shown as 8 → 3.
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+/g;
const plain = (text) => text.replace(turning, '\ufffd').replace(fromTheRight, '\u2068$&\u2069');

export const $ = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') element.className = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.map((child) => typeof child === 'string' ? plain(child) : child));
  return element;
}

export const write = (id, text, classes) => {
  const element = $(id);
  text = plain(text);
  if (element.textContent !== text) element.textContent = text;
  if (classes != null) element.className = classes;
};
