# The app in production. Settings come from the environment; see the README.
FROM python:3.13-slim AS build
WORKDIR /srv
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root.
RUN useradd --system --uid 10001 --create-home --home-dir /srv app
WORKDIR /srv
COPY --from=build /venv /venv
COPY app ./app
COPY templates ./templates
COPY static ./static
# Compiled once, here, because nothing may be written where it runs.
RUN python -m compileall -q app && install --directory --owner app var
ENV PYTHONDONTWRITEBYTECODE=1
VOLUME /srv/var
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz\", timeout=2)"]
CMD ["python", "-m", "app", "serve"]
