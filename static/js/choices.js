// Saves an answer in place, so that the page stays where it is; without this the page loads again at the same question.
const policy = window.trustedTypes?.createPolicy("choices", { createHTML: (text) => text });
const parsed = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
const PATIENCE = 15000; // milliseconds; an answer that took longer is asked for again, where everybody sees the page load

const send = async (fields, address) => {
  const ended = new AbortController(), clock = setTimeout(() => ended.abort(), PATIENCE);
  try {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin", signal: ended.signal });
    return parsed(await answer.text());
  } finally {
    clearTimeout(clock);
  }
};

// Screen readers hear what happened; the eye finds the same button in the same place.
const heard = Object.assign(document.createElement("div"), { className: "away", role: "status" });
document.body.append(heard);

const like = (value) => {
  const [decision, , scope] = value.split(" ");
  const same = [...document.querySelectorAll("button[name=answer]")].filter((one) => one.value.split(" ")[2] === scope);
  return same.find((one) => one.value.startsWith(decision)) ?? same[0];
};

const show = (page, value) => {
  const before = like(value)?.getBoundingClientRect().top;
  document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  heard.textContent = document.querySelector("#saved, #trouble")?.textContent.trim() ?? "";
  const again = like(value);
  if (!again) return;
  window.scrollBy(0, again.getBoundingClientRect().top - (before ?? 0));
  again.focus({ preventScroll: true });
};

// The plain way says what is wrong: the network, or a session that ended. What was saved already is not saved twice.
const plainly = (fields) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: document.querySelector("#choices").action, hidden: true });
  form.append(...[...fields].map(([name, value]) => Object.assign(document.createElement("input"), { name, value })));
  document.body.append(form);
  document.querySelector("main").inert = true; // this page goes: what was pressed on it now would go with it
  form.submit();
};
window.addEventListener("pagehide", () => { document.querySelector("main").inert = false; });

// The plain way carries one answer. Where more wait, all stay here, and are named: none of them is lost in silence.
const admit = (answers) => {
  const told = document.querySelector("#unsent").content.cloneNode(true);
  told.querySelector("ul").append(...answers.map(({ words }) => Object.assign(document.createElement("li"), { textContent: words })));
  document.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
  document.querySelector("#saved, #trouble")?.remove();
  document.querySelector("main").prepend(told);
  document.querySelector("#trouble a").focus();
};

let waiting = []; // what was answered and is not saved yet, in that order

const save = async (answer) => {
  if (!waiting.includes(answer)) return;
  const { fields } = answer;
  const form = document.querySelector("#choices");
  fields.set("key", form.elements.key.value); // each page has one, for one answer
  try {
    const page = await send(fields, form.action);
    if (!page.querySelector("#choices")) throw new Error("not the page of choices");
    show(page, fields.get("answer"));
    waiting.shift();
  } catch {
    const unsaved = waiting;
    waiting = [];
    if (unsaved.length > 1) admit(unsaved);
    else plainly(fields);
  }
};

// One after the other: a page that was made before the next answer would show that one as if it had never been given.
let saved = Promise.resolve();
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (form.id !== "choices" || !button) return;
  event.preventDefault();
  button.setAttribute("aria-busy", "true");
  const fields = new FormData(form);
  fields.set(button.name, button.value);
  const answer = { fields, words: button.textContent };
  waiting.push(answer);
  saved = saved.then(() => save(answer));
});
