// Says of recent moments how long ago they were; on paper, and without this, the full date stands there.
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
function tell() {
  for (const element of document.querySelectorAll("time[datetime]")) {
    const minutes = Math.round((new Date(element.dateTime) - Date.now()) / 60000);
    if (Math.abs(minutes) < 60 * 48) {
      element.title = element.textContent;
      element.textContent = Math.abs(minutes) < 90 ? words.format(minutes, "minute") : words.format(Math.round(minutes / 60), "hour");
    }
  }
}
function date() {
  for (const element of document.querySelectorAll("time[title]")) element.textContent = element.title;
}
tell();
addEventListener("beforeprint", date);
addEventListener("afterprint", () => { date(); tell(); });
