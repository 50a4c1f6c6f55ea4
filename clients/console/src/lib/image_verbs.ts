/** What can be done to images: one row a verb. From a file of one's own disk, the command line imports them. */

import { type Image, ImageSchema, ImageState } from "@chronovisor/gen/chronovisor/v1/image_pb.js";
import { words } from "../words.js";
import { client } from "./client.js";
import { inputs, lineWords, messageOf, valuesOf } from "./form_rows.js";
import { id, projectOf } from "./format.js";
import { IMAGE_ROWS } from "./image_rows.js";
import { nameIn } from "./names_in.js";
import { updateVerb } from "./update_verb.js";
import { none, text, type Values, type Verb } from "./verbs.js";

const w = words.verbs;
const { images } = client.stubs;

/** By the name of the project that it is imported into. */
export const IMPORT_IMAGE: Verb = {
  id: "importImage",
  title: words.images.importOne,
  permission: "images.import",
  on: (project) => project,
  fields: [
    { id: "project", label: w.create.projectField, kind: "text", required: true, of: "parent" },
    { id: "id", label: w.create.id, help: w.create.idHelp, kind: "text", required: true, of: "image_id" },
    {
      id: "source",
      label: words.images.source,
      help: words.images.sourceHelp,
      kind: "text",
      required: true,
      of: "source_uri",
    },
    {
      id: "sha256",
      label: words.image.facts.sha256,
      help: words.images.sha256Help,
      kind: "text",
      of: "sha256",
    },
    ...inputs(ImageSchema, "image", IMAGE_ROWS),
  ],
  run: ({ name: _, ...change }, values) =>
    images.importImage({
      ...change,
      parent: `projects/${text(values, "project")}`,
      imageId: text(values, "id"),
      sourceUri: text(values, "source"),
      sha256: text(values, "sha256"),
      image: messageOf(ImageSchema, IMAGE_ROWS, values),
    }),
  command: (_, values) => [
    ["image", "import", text(values, "source"), ...lineWords(ImageSchema, IMAGE_ROWS, values)],
    { name: `${text(values, "project")}/${text(values, "id")}`, sha256: text(values, "sha256") },
  ],
};

/** By the name of the VM that it is made of. */
export const CREATE_IMAGE: Verb = {
  id: "createImage",
  title: words.images.createOne,
  permission: "images.create",
  on: projectOf,
  states: ["STOPPED"],
  fields: [
    { id: "id", label: w.create.id, help: w.create.idHelp, kind: "text", required: true, of: "image_id" },
    ...inputs(ImageSchema, "image", IMAGE_ROWS),
  ],
  run: ({ name, ...change }, values) =>
    images.createImage({
      ...change,
      parent: projectOf(name),
      imageId: text(values, "id"),
      sourceVm: name,
      image: messageOf(ImageSchema, IMAGE_ROWS, values),
    }),
  command: (name, values) => [
    [
      "image",
      "create",
      `${id(projectOf(name))}/${text(values, "id")}`,
      ...lineWords(ImageSchema, IMAGE_ROWS, values),
    ],
    { "from-vm": name },
  ],
};

function deprecation(
  id: string,
  title: string,
  state: ImageState,
  states: readonly string[],
  flag: string,
): Verb {
  const isRestored = state === ImageState.READY;
  return {
    id,
    title,
    permission: "images.deprecate",
    on: projectOf,
    states,
    fields: isRestored
      ? []
      : [
          {
            id: "instead",
            label: words.image.instead,
            help: words.image.insteadHelp,
            kind: "text",
            of: "replacement",
          },
        ],
    run: (change, values) => {
      const replacement = nameIn(projectOf(change.name), "images", text(values, "instead"));
      return none(images.deprecateImage({ ...change, state, ...(isRestored ? {} : { replacement }) }));
    },
    command: (name, values) => [
      ["image", "deprecate", name, ...(flag ? [flag] : [])],
      { instead: text(values, "instead") },
    ],
  };
}

export const IMAGE_VERBS: readonly Verb[] = [
  updateVerb({
    id: "changeImage",
    title: w.names.change,
    permission: "images.update",
    on: projectOf,
    schema: ImageSchema,
    noun: "image",
    rows: IMAGE_ROWS,
    update: (image, change) => images.updateImage({ ...change, image }),
  }),
  deprecation("deprecate", words.image.deprecate, ImageState.DEPRECATED, ["READY", "OBSOLETE"], ""),
  deprecation("obsolete", words.image.obsolete, ImageState.OBSOLETE, ["READY", "DEPRECATED"], "--obsolete"),
  deprecation("restore", words.image.restore, ImageState.READY, ["DEPRECATED", "OBSOLETE"], "--restore"),
  {
    id: "deleteImage",
    title: w.names.deleteProject,
    permission: "images.delete",
    on: projectOf,
    danger: words.image.deleteDanger,
    run: (change) => none(images.deleteImage(change)),
    command: (name) => [["image", "delete", name], {}],
  },
];

/** What the fields of its verbs have before anybody types. */
export function imageValues(image: Image): Values {
  return valuesOf(ImageSchema, IMAGE_ROWS, image);
}
