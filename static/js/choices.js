// Saves an answer in place, so that the page stays where it is; without this the page loads again at the same question.
const policy = window.trustedTypes?.createPolicy("choices", { createHTML: (text) => text });
const parsed = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");

const send = async (form, button) => {
  const fields = new FormData(form);
  fields.set(button.name, button.value);
  return fetch(form.action, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });
};

// Screen readers hear what happened; the eye finds the same button in the same place.
const heard = Object.assign(document.createElement("div"), { className: "away", role: "status" });
document.body.append(heard);

const show = (page, button) => {
  const [decision, , scope] = button.value.split(" ");
  const before = button.getBoundingClientRect().top;
  document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  heard.textContent = document.querySelector("#saved, #trouble")?.textContent.trim() ?? "";
  const same = [...document.querySelectorAll("button[name=answer]")].filter((one) => one.value.split(" ")[2] === scope);
  const again = same.find((one) => one.value.startsWith(decision)) ?? same[0];
  if (!again) return;
  window.scrollBy(0, again.getBoundingClientRect().top - before);
  again.focus({ preventScroll: true });
};

document.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (form.id !== "choices" || !button) return;
  event.preventDefault();
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await send(form, button);
    const page = parsed(await answer.text());
    if (!page.querySelector("#choices")) throw new Error("not the page of choices");
    show(page, button);
  } catch {
    // The plain way says what is wrong: the network, or a session that ended.
    const plain = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
    form.append(plain);
    form.submit();
  }
});
