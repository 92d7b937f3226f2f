// Shows the OpenAPI document of this host; requests are sent from the page itself, with a token typed in "Authorize".
const place = document.getElementById("api-document");

window.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
});
