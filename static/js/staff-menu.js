// On a narrow screen the menu is one long line: bring where one is into sight. Without this one scrolls there by hand.
const menu = document.querySelector(".rooms");
const here = menu?.querySelector("[aria-current]");
if (here && menu.scrollWidth > menu.clientWidth) {
  menu.scrollLeft = here.getBoundingClientRect().left - menu.getBoundingClientRect().left - menu.clientWidth / 3;
}
