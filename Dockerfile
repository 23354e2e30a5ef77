# The service: API, worker and commands in one image. Build: docker build -t enterprise-memory .
# Packages come from the mirror that PIP_INDEX_URL names, if any, so that it builds without the internet.
FROM python:3.11-slim-bookworm AS built

ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/memory
COPY pyproject.toml constraints.txt README.md LICENSE /source/
COPY memory /source/memory
COPY connectors /source/connectors
COPY classifiers /source/classifiers
COPY config /source/config
COPY examples /source/examples
RUN /opt/memory/bin/pip install -c /source/constraints.txt "/source[production]"

FROM python:3.11-slim-bookworm

RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin memory \
    && install -d -o memory -g memory -m 0700 /home/memory/state
COPY --from=built /opt/memory /opt/memory
ENV PATH=/opt/memory/bin:$PATH MEMORY_HOME=/home/memory/state PYTHONUNBUFFERED=1
USER memory
VOLUME /home/memory/state
EXPOSE 8000
ENTRYPOINT ["memory"]
CMD ["serve"]
