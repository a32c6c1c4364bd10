// The API as its own description has it: openapi.json, drawn here so that no page of elsewhere is needed.

// `code` within backticks, the rest as plain text.
function prose(tag, className, text) {
  const made = element(tag, className);
  text.split("`").forEach((part, place) => made.append(place % 2 ? element("code", "", part) : part));
  return made;
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && schema.additionalProperties) return `map to ${typeOf(schema.additionalProperties)}`;
  if (schema.enum) return schema.enum.join(" | ");
  return { string: "text", null: "null", integer: "whole number" }[schema.type] ?? schema.type;
}

function table(label, lines) {
  const made = element("dl", "fields");
  made.setAttribute("aria-label", label);
  for (const [name, type, words] of lines) {
    const meaning = element("dd");
    meaning.append(element("span", "type", type));
    if (words) meaning.append(prose("span", "", words));
    made.append(element("dt", "", name), meaning);
  }
  return made;
}

function exampleOf(method, path, operation) {
  const change = method === "get" ? "" : " -H 'X-Seehear: 1'";
  const body = operation.requestBody ? " -T holiday.mp4" : "";
  const query = operation.requestBody ? "?name=holiday.mp4" : "";
  const verb = method === "get" ? "" : ` -X ${method.toUpperCase()}`;
  return `curl${change}${body}${verb} '${location.origin}${path.replace("{job}", "JOB").replace("{name}", "csv")}${query}'`;
}

function drawOperation(method, path, operation) {
  const panel = element("article", "panel operation");
  const head = element("h2");
  head.append(element("span", `method ${method}`, method.toUpperCase()), element("code", "", path));
  panel.append(head, prose("p", "", operation.summary));
  if (operation.description) panel.append(prose("p", "quiet", operation.description));
  if (operation.parameters?.length) {
    panel.append(table("Parameters", operation.parameters.map((each) => [each.name, `${typeOf(each.schema)}, in the ${each.in}`, each.description])));
  }
  const answers = Object.entries(operation.responses).map(([status, answer]) => {
    const schema = answer.content?.["application/json"]?.schema;
    return [status, schema ? typeOf(schema) : Object.keys(answer.content ?? {}).join(", "), answer.description];
  });
  panel.append(table("Answers", answers), element("pre", "", exampleOf(method, path, operation)));
  return panel;
}

function drawShape(name, schema) {
  const panel = element("article", "panel operation");
  panel.append(element("h3", "", name));
  if (schema.description) panel.append(prose("p", "quiet", schema.description));
  if (schema.enum) panel.append(element("p", "", schema.enum.join(", ")));
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length) panel.append(table(name, fields.map(([field, each]) => [field, typeOf(each), each.description])));
  return panel;
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(({ info, paths, components }) => {
    $("intro").replaceWith(prose("p", "intro", info.description));
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) $("operations").append(drawOperation(method, path, operation));
    }
    for (const [name, schema] of Object.entries(components.schemas)) $("shapes").append(drawShape(name, schema));
  });
