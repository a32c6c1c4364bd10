// Videos on their way to the server, two at a time, straight from the disk.

const MOST_AT_ONCE = 2;

const uploads = {
  waiting: [],
  running: new Set(),
  changed: () => {},
  arrived: () => {},

  get all() {
    return [...this.running, ...this.waiting];
  },
  add(files) {
    for (const file of files) {
      const upload = { id: `upload-${crypto.randomUUID()}`, name: file.name, file, sent: 0, size: file.size, trouble: "" };
      if (server.info && file.size > server.info.max_upload_bytes) {
        upload.trouble = `It has ${sizeOf(file.size)}; at most ${sizeOf(server.info.max_upload_bytes)} are taken.`;
      }
      this.waiting.push(upload);
    }
    this.next();
  },
  next() {
    while (this.running.size < MOST_AT_ONCE) {
      const upload = this.waiting.find((other) => !other.trouble);
      if (!upload) break;
      this.waiting.splice(this.waiting.indexOf(upload), 1);
      this.running.add(upload);
      this.send(upload);
    }
    this.changed();
  },
  send(upload) {
    const request = new XMLHttpRequest(); // fetch cannot say how much was sent
    upload.request = request;
    request.open("POST", `/api/jobs?name=${encodeURIComponent(upload.name.toWellFormed?.() ?? upload.name)}`);
    request.setRequestHeader("X-Seehear", "1");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      upload.sent = event.loaded;
      this.changed();
    });
    request.addEventListener("loadend", () => this.ended(upload, request));
    request.send(upload.file);
  },
  ended(upload, request) {
    this.running.delete(upload);
    if (request.status === 201) this.arrived(request.response);
    else if (!upload.unwanted) {
      upload.trouble = request.response?.message ?? "The connection broke off.";
      upload.sent = 0;
      this.waiting.push(upload);
      speak(`${upload.name} was not received: ${upload.trouble}`);
    }
    this.next();
  },
  again(upload) {
    upload.trouble = "";
    this.next();
  },
  drop(upload) {
    upload.unwanted = true;
    this.waiting = this.waiting.filter((other) => other !== upload);
    if (this.running.has(upload)) upload.request.abort();
    this.changed();
  },
};
