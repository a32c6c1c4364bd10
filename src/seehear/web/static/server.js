// The server: what it takes, what it holds, and what it is asked to do.

const server = {
  info: null,
  listeners: [],

  async ask(path, options = {}) {
    const answer = await fetch(path, { ...options, headers: { "X-Seehear": "1" } });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    throw new Error(await wordsOf(answer));
  },
  async learn() {
    this.info = await this.ask("/api/server");
  },
  // Jobs as they change, for as long as the page is looked at: a hidden one would hold a connection for nobody.
  watch(tell) {
    let stream = null;
    const open = () => {
      stream = new EventSource("/api/changes");
      stream.addEventListener("jobs", (event) => tell.all(JSON.parse(event.data)));
      stream.addEventListener("job", (event) => tell.one(JSON.parse(event.data)));
      stream.addEventListener("gone", (event) => tell.gone(JSON.parse(event.data).id));
      stream.addEventListener("open", () => tell.answering(true));
      stream.addEventListener("error", () => {
        tell.answering(false);
        if (stream?.readyState !== EventSource.CLOSED) return;
        stream = null;
        setTimeout(follow, 2000);
      });
    };
    const follow = () => {
      if (document.hidden) {
        stream?.close();
        stream = null;
      } else if (stream === null) open();
    };
    document.addEventListener("visibilitychange", follow);
    follow();
  },
};

async function wordsOf(answer) {
  try {
    return (await answer.json()).message;
  } catch {
    return `the server answered ${answer.status}`;
  }
}

function sizeOf(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let step = 0;
  let size = bytes;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${Number(size.toFixed(step && size < 100 ? 1 : 0))} ${units[step]}`;
}

// For those who do not see the page: one sentence at a time.
function speak(sentence) {
  $("said").textContent = sentence;
}
