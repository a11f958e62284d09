// Elements of a page. Text is only ever put in as text, whatever a log says.

export const $ = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') element.className = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const write = (id, text, classes) => {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
  if (classes != null) element.className = classes;
};
