// While something runs, asks once a second how far it is; without this the page says it when it is loaded again.
// Where the rest of the page tells of it too (data-anew), the page is loaded once more when it has ended.
const keepFresh = (place) => {
  const runs = () => place.querySelector("[data-running]");
  const ask = async () => {
    if (!runs()) return;
    const answer = await fetch(place.dataset.progress);
    if (answer.redirected) return; // to the page for signing in: the session has ended
    const page = new DOMParser().parseFromString(trusted(await answer.text()), "text/html");
    place.replaceChildren(...page.body.childNodes);
    if ("anew" in place.dataset && !runs()) location.reload();
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 1000);
};
// The text is our own server's, and its scripts would not run: parsed documents have none.
const policy = window.trustedTypes?.createPolicy("progress", { createHTML: (text) => text });
const trusted = (text) => (policy ? policy.createHTML(text) : text);
document.querySelectorAll("[data-progress]").forEach(keepFresh);
