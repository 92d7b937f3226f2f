"""The processes of Charsu: embedded servers, supervisor, web server, health."""
