// One result at a time: the report page in a frame of its own, with the way back above it.

const viewer = {
  shown: null,
  from: null,

  show(job) {
    if (this.shown === job.id) return;
    this.shown = job.id;
    this.from = document.activeElement;
    $("viewed").firstElementChild.textContent = job.name;
    $("viewed-deeds").replaceChildren(downloads(job), deleting(job));
    $("report").title = `Report of ${job.name}`;
    $("report").src = job.report;
    $("home").hidden = true;
    $("viewer").hidden = false;
    document.title = `${job.name} · seehear`;
    $("viewed").focus();
  },
  hide() {
    if (this.shown === null) return;
    const row = $(this.shown);
    this.shown = null;
    $("report").removeAttribute("src");
    $("report").contentWindow?.location.replace("about:blank");
    $("viewer").hidden = true;
    $("home").hidden = false;
    document.title = "seehear";
    (row?.querySelector("a") ?? $("videos-heading")).focus();
  },
};
