# One image a service: docker build --build-arg SERVICE=router --tag learning-supergraph/router:0.1.0 .
# SERVICE is router, users, courses or enrollments; VERSION and REVISION become labels.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG SERVICE
WORKDIR /build
# Wheels alone, so no compiler is ever needed; each is checked against the hash in the lock.
COPY requirements/${SERVICE}.txt requirements.txt
RUN python -m venv /opt/app \
    && /opt/app/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.txt
COPY requirements/build.txt build.txt
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement build.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs docs
COPY router router
COPY subgraphs subgraphs
RUN /opt/build/bin/python -m hatchling build --target wheel \
    && /opt/app/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl \
    # Compiled here, since the running file system is read-only; and without pip, which nothing there needs.
    && /opt/app/bin/python -m compileall -q /opt/app/lib \
    && /opt/app/bin/python -m pip uninstall --yes --quiet pip

FROM python:${PYTHON}-slim
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="learning-supergraph/${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} of the learning supergraph" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/app /opt/app
COPY docker/start docker/healthy /usr/local/bin/
ENV PATH=/opt/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVICE=${SERVICE}
# A number, so that Kubernetes can see that it isn't root. Nothing is written but to /tmp.
USER 10001:10001
WORKDIR /tmp
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 CMD ["healthy"]
# `start` becomes the service (exec), so signals arrive there. A command of your own, such as `users migrate`, runs as it is.
CMD ["start"]
