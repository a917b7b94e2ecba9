// On a narrow screen the menu is one long line: bring where one is into sight. Without this one scrolls there by hand.
{
  const menu = document.querySelector(".rooms");
  const current = menu?.querySelector("[aria-current]");
  if (current && menu.scrollWidth > menu.clientWidth) {
    menu.scrollLeft = current.getBoundingClientRect().left - menu.getBoundingClientRect().left - menu.clientWidth / 3;
  }
}
