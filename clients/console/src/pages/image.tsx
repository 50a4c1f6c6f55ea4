/** One image: what it is, and which VMs were made from it. */

import { type Vm, VmState } from "@chronovisor/client";
import { type Image, ImageState } from "@chronovisor/gen/chronovisor/v1/image_pb.js";
import { Card, Empty, Facts, Labels, Loading, Problem } from "../components/basics.js";
import { HistoryCard } from "../components/history.js";
import { OwnedPage } from "../components/owned_page.js";
import { State } from "../components/state.js";
import { VerbButtons } from "../components/verb_buttons.js";
import { WhyOf } from "../components/why.js";
import { client } from "../lib/client.js";
import { bytes, count, date, fullMoment, id, projectOf } from "../lib/format.js";
import { IMAGE_VERBS, imageValues } from "../lib/image_verbs.js";
import { readAt, useQuery } from "../lib/query.js";
import { link } from "../lib/router.js";
import { words } from "../words.js";

const w = words.image;
const MOST_VMS = 1000;
const MOST_HOSTS = 1000;

export function ImagePage({ name }: { name: string }) {
  const query = useQuery(
    `image ${name}`,
    (at, signal) => client.stubs.images.getImage({ name, ...readAt(at) }, { signal }),
    { on: ["images/"] },
  );
  return (
    <OwnedPage<Image>
      name={name}
      query={query}
      state={(image) => ImageState[image.state] ?? ""}
      actions={(image) => (
        <VerbButtons
          verbs={IMAGE_VERBS}
          name={image.name}
          state={ImageState[image.state] ?? ""}
          initial={imageValues(image)}
        />
      )}
      tabs={(image) => {
        const of = `${projectOf(image.name)}/images/${image.uid}`;
        return [
          { id: "overview", label: w.tabs.overview, content: () => <Whole image={image} /> },
          { id: "vms", label: w.tabs.vms, content: () => <MadeFrom image={image} /> },
          { id: "why", label: words.vm.tabs.why, content: () => <WhyOf parent={of} /> },
          { id: "history", label: w.tabs.history, content: () => <HistoryCard parent={of} hideSubject /> },
        ];
      }}
    />
  );
}

function Overview({ image }: { image: Image }) {
  const f = w.facts;
  return (
    <Card title={id(image.name)}>
      <Facts
        of={[
          [f.failure, image.failure],
          [
            f.instead,
            image.replacement && <a href={link(["images", image.replacement])}>{id(image.replacement)}</a>,
          ],
          [f.source, image.sourceUri],
          [f.vm, image.sourceVm && <a href={link(["vms", image.sourceVm])}>{id(image.sourceVm)}</a>],
          [f.format, w.formats[image.format]],
          [f.size, image.sizeBytes ? bytes(Number(image.sizeBytes)) : ""],
          [f.disk, image.virtualSizeBytes ? bytes(Number(image.virtualSizeBytes)) : ""],
          [f.sha256, image.sha256 && <code key="sha256">{image.sha256}</code>],
          [f.family, image.family],
          [f.description, image.description],
          [words.vm.facts.labels, Object.keys(image.labels).length ? <Labels of={image.labels} /> : ""],
          [words.vm.facts.created, fullMoment(date(image.createTime))],
          [words.vm.facts.updated, fullMoment(date(image.updateTime))],
          [words.project.facts.deleted, fullMoment(date(image.deleteTime))],
          [f.uid, <code key="uid">{image.uid}</code>],
        ]}
      />
    </Card>
  );
}

function Whole({ image }: { image: Image }) {
  return (
    <div class="two">
      <Overview image={image} />
      <Copies image={image} />
    </div>
  );
}

function Copies({ image }: { image: Image }) {
  const { data, error, reload } = useQuery(
    `copies of ${image.sha256}`,
    (at, signal) => client.stubs.hosts.listHosts({ pageSize: MOST_HOSTS, ...readAt(at) }, { signal }),
    { on: ["hosts/"] },
  );
  const hosts = data?.hosts.filter((each) => each.platform?.imageSha256s.includes(image.sha256)) ?? [];
  return (
    <Card title={w.hosts}>
      <Problem error={error} retry={reload} />
      {!data && !error && <Loading />}
      {data && !hosts.length && <Empty>{w.noHosts}</Empty>}
      <ul class="plain">
        {hosts.map((each) => (
          <li key={each.uid}>
            <a href={link(["hosts", each.name])}>{id(each.name)}</a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function isFrom(vm: Vm, image: Image): boolean {
  const source = vm.spec?.boot?.source;
  return source?.case === "image" && source.value.image === image.name;
}

function MadeFrom({ image }: { image: Image }) {
  const parent = projectOf(image.name);
  const { data, error, reload } = useQuery(
    `made from ${image.uid}`,
    (at, signal) => client.stubs.vms.listVms({ parent, pageSize: MOST_VMS, ...readAt(at) }, { signal }),
    { on: ["vms/"] },
  );
  const vms = data?.vms.filter((each) => isFrom(each, image)) ?? [];
  return (
    <Card title={w.vms}>
      <Problem error={error} retry={reload} />
      {!data && !error && <Loading />}
      {data && !vms.length && <Empty>{w.noVms}</Empty>}
      <ul class="plain">
        {vms.map((each) => (
          <li key={each.uid}>
            <a href={link(["vms", each.name])}>{id(each.name)}</a> <State state={VmState[each.state] ?? ""} />
          </li>
        ))}
      </ul>
      {data?.nextPageToken && <p class="note">{w.firstVms(count(MOST_VMS))}</p>}
    </Card>
  );
}
