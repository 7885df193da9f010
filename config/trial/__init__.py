"""What the commands of the Makefile start: servers out of wheels, the portal on them, the tests and the checks.

Not part of the portal: production starts `config.wsgi` and `config.celery` on servers of its own (docker-compose.yml).
"""
