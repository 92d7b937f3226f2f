// Shows the OpenAPI document of this host; requests are sent from the page itself, with a token typed in "Authorize".
const root = document.documentElement;
const night = window.matchMedia("(prefers-color-scheme: dark)");

// Where nobody chose light or dark, the page follows the device, as every other page does by its style.
function follow() {
  root.classList.toggle("dark-mode", night.matches);
}
if (root.dataset.theme === "auto") {
  follow();
  night.addEventListener("change", follow);
}

const place = document.getElementById("api-document");

window.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
});
