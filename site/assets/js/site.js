/* Turn the menu link into a real button; without this script the link opens the list by :target. */
const list = document.getElementById("menu");
for (const link of document.querySelectorAll("[data-menu]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = link.textContent;
  button.setAttribute("aria-controls", "menu");
  const show = (open) => {
    list.classList.toggle("is-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!list.classList.contains("is-open")));
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show(false);
      button.focus();
    }
  });
  list.classList.add("is-scripted");
  show(location.hash === "#menu");
  link.replaceWith(button);
}
