# seehear on the processor: `docker build -t seehear .`; how to run it stands in docs/troubleshooting.md.
FROM python:3.11-slim

WORKDIR /opt/seehear
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src

# Torch's own index holds builds without GPU libraries, a tenth of the size: pass it as TORCH_INDEX where it is reached.
ARG TORCH_INDEX=""
RUN python -m pip install --no-cache-dir --disable-pip-version-check \
      ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c constraints.txt ".[serve,hub,exports]"

# Weights and models of the hub are fetched once into a volume; everything else of the image may be read-only.
RUN useradd --uid 1000 --create-home seehear && install -d -o seehear /weights /videos
ENV SEEHEAR_HOME=/weights
ENV HF_HOME=/weights/hub
VOLUME /weights
WORKDIR /videos
USER seehear

# As process 1 it would not hear SIGTERM; SIGINT ends every command in order.
STOPSIGNAL SIGINT
ENTRYPOINT ["seehear"]
CMD ["--help"]
