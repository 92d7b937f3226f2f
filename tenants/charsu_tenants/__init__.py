"""What a tenant is and where its data lives: registry, schema, sessions, provisioning, migrations."""
