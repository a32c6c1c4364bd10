// Time: the video's own clock where the browser can play it, else a clock that walks over the thumbnails.

const player = {
  video: $("video"),
  usesVideo: false,
  position: 0,
  started: 0,
  running: false,
  ticking: false,
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
  get showsPicture() {
    return this.usesVideo && this.video.videoWidth > 0;
  },
  // Without a video there is no sound either, and a clock of our own walks over the thumbnails.
  fallBack() {
    this.usesVideo = false;
    $("mute").hidden = true;
    this.standIn(report.video ? "This browser cannot play the video" : "The report was made without the video");
  },
  standIn(why) {
    this.video.hidden = true;
    $("unplayable").textContent = thumbnails.length ? `${why}; its thumbnails stand in.` : `${why}.`;
    $("unplayable").hidden = false;
    this.changed();
  },
  // One frame of playing; the listener below asks for the next.
  tick() {
    this.ticking = false;
    if (!this.usesVideo && this.time >= duration) {
      this.position = duration;
      this.running = false;
    }
    this.changed();
  },
  start() {
    this.listeners.push(() => {
      document.body.classList.toggle("playing", this.playing);
      $("play").setAttribute("aria-label", this.playing ? "Pause (space)" : "Play (space)");
      if (this.playing && !this.ticking) {
        this.ticking = true;
        requestAnimationFrame(() => this.tick());
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
      if (!this.showsPicture) this.standIn("This browser can play the sound only");
    });
    this.video.src = report.video;
  },
};
