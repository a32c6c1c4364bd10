// Time: the video's own clock where the browser can play it, else a clock that walks over the thumbnails.

const player = {
  video: $("video"),
  usesVideo: false,
  position: 0,
  started: 0,
  running: false,
  listeners: [],

  get time() {
    if (this.usesVideo) return this.video.currentTime;
    const walked = this.running ? (performance.now() - this.started) / 1000 : 0;
    return Math.min(duration, this.position + walked);
  },
  get playing() {
    return this.usesVideo ? !this.video.paused && !this.video.ended : this.running;
  },
  seek(seconds) {
    const wanted = Math.max(0, Math.min(duration, seconds));
    this.position = wanted;
    this.started = performance.now();
    if (this.usesVideo) this.video.currentTime = Math.min(wanted, (this.video.duration || duration) - 0.001);
    this.changed();
  },
  toggle() {
    if (this.usesVideo) {
      if (this.playing) this.video.pause();
      else this.video.play().catch(() => this.fallBack());
      return;
    }
    this.position = this.time >= duration ? 0 : this.time;
    this.running = !this.running;
    this.started = performance.now();
    this.changed();
  },
  changed() {
    for (const listener of this.listeners) listener();
  },
  fallBack() {
    this.usesVideo = false;
    this.video.hidden = true;
    $("mute").hidden = true;
    $("unplayable").textContent = report.video
      ? "This browser cannot play the video; its thumbnails stand in."
      : "The report was made without the video; its thumbnails stand in.";
    $("unplayable").hidden = false;
    this.changed();
  },
  tick() {
    if (!this.playing) return;
    if (!this.usesVideo && this.time >= duration) {
      this.position = duration;
      this.running = false;
    }
    this.changed();
    requestAnimationFrame(() => this.tick());
  },
  start() {
    this.listeners.push(() => {
      document.body.classList.toggle("playing", this.playing);
      $("play").setAttribute("aria-label", this.playing ? "Pause (space)" : "Play (space)");
      if (this.playing && !this.ticking) {
        this.ticking = true;
        requestAnimationFrame(() => {
          this.ticking = false;
          this.tick();
        });
      }
    });
    if (!report.video) return this.fallBack();
    this.usesVideo = true;
    this.video.hidden = false;
    this.video.addEventListener("error", () => this.fallBack());
    for (const name of ["play", "pause", "ended", "seeked", "timeupdate", "loadedmetadata"]) {
      this.video.addEventListener(name, () => this.changed());
    }
    this.video.addEventListener("loadedmetadata", () => {
      if (!this.video.videoWidth) this.fallBack();
    });
    this.video.src = report.video;
  },
};
