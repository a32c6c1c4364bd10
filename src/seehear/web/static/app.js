// The page: what happens when something is dropped, clicked, or heard from the server.

const jobs = new Map(); // id -> job, in no order

function newestFirst() {
  return [...jobs.values()].sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : a.id < b.id ? -1 : 1));
}

function draw() {
  const listed = newestFirst();
  rows.show(listed);
  const any = listed.length + uploads.all.length > 0;
  $("none").hidden = any;
  $("drop").classList.toggle("small", any);
  const busy = listed.filter((job) => job.state === "queued" || job.state === "running").length + uploads.running.size;
  $("counts").textContent = listed.length ? `${listed.length}${busy ? ` · ${busy} to do` : ""}` : "";
  follow();
}

// The address says what is shown, so that the browser's own back and reload do what they should.
function follow() {
  const job = jobs.get(location.hash.slice(2));
  if (job?.report) viewer.show(job);
  else viewer.hide();
}

function took(job) {
  const before = jobs.get(job.id)?.state;
  jobs.set(job.id, job);
  if (before === job.state) return;
  if (job.state === "done") speak(`${job.name}: ${plural(job.event_count, "event")} found`);
  if (job.state === "failed") speak(`${job.name} could not be read: ${job.message}`);
  if (before === undefined && job.state === "queued") speak(`${job.name} was received`);
  if (job.state === "done" || before === undefined) summarise();
}

async function summarise() {
  await server.learn();
  const { model, categories, kept_bytes: kept, quota_bytes: quota, max_upload_bytes: most } = server.info;
  const facts = { Model: model, Kept: `${sizeOf(kept)} of ${sizeOf(quota)}` };
  $("summary").replaceChildren(
    ...Object.entries(facts).map(([term, text]) => {
      const pair = element("div");
      pair.append(element("dt", "", term), element("dd", "name", text));
      return pair;
    }),
  );
  $("drop-words").textContent = `Any format and length, up to ${sizeOf(most)} each. Nothing leaves this machine.`;
  $("finds").textContent = categories.join(", ");
}

const deeds = {
  async do(ask, job) {
    try {
      await ask();
    } catch (error) {
      speak(`${job.name}: ${error.message}`);
    }
    draw();
  },
  cancel(job) {
    return this.do(() => server.ask(`/api/jobs/${job.id}/cancel`, { method: "POST" }), job);
  },
  retry(job) {
    return this.do(() => server.ask(`/api/jobs/${job.id}/retry`, { method: "POST" }), job);
  },
  remove(job) {
    const dialog = $("asking");
    $("asked").replaceChildren("Delete ", element("strong", "name", job.name), " and its results?");
    dialog.returnValue = "keep";
    dialog.addEventListener("close", () => dialog.returnValue === "delete" && this.removeNow(job), { once: true });
    dialog.showModal();
    $("keep").focus();
  },
  removeNow(job) {
    return this.do(async () => {
      await server.ask(`/api/jobs/${job.id}`, { method: "DELETE" });
      if (viewer.shown === job.id) location.hash = "#/";
      jobs.delete(job.id);
      speak(`${job.name} was deleted`);
      summarise();
    }, job);
  },
};

function acceptDrops() {
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    $("drop").classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && $("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    $("drop").classList.remove("over");
    location.hash = "#/";
    uploads.add(event.dataTransfer.files);
  });
  $("choose").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", () => {
    uploads.add($("files").files);
    $("files").value = "";
  });
}

uploads.changed = draw;
// What the stream of changes has said already is newer than the answer to an upload.
uploads.arrived = (job) => jobs.has(job.id) || took(job);
addEventListener("hashchange", follow);
addEventListener("beforeunload", (event) => {
  if (uploads.running.size) event.preventDefault();
});
acceptDrops();
server.watch({
  all(listed) {
    const gone = new Set(jobs.keys());
    for (const job of listed) {
      gone.delete(job.id);
      jobs.set(job.id, job);
    }
    for (const id of gone) jobs.delete(id);
    summarise();
    draw();
  },
  one(job) {
    took(job);
    draw();
  },
  gone(id) {
    jobs.delete(id);
    summarise();
    draw();
  },
  answering(answers) {
    $("offline").hidden = answers;
  },
});
