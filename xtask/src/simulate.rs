//! `cargo xtask simulate`: the simulator at a terminal. Writes logs and the truth about them into a folder,
//! without holding either, or lets `tests/truth.rs` score a larger flow.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::Instant,
};

use simulator::{Log, Options, Report, Sink, Topology, truth::Row};

use crate::{
    page::gzipped,
    process::{self, Result, program},
};

/// What the command line asks for.
struct Wanted {
    seed: u64,
    deliveries: u64,
    topologies: Vec<Topology>,
    out: PathBuf,
    is_check: bool,
    /// Tracking logs as PowerShell exports them.
    is_exported: bool,
}

pub fn simulate(root: &Path, options: &[&str]) -> Result<()> {
    if let ["--sample"] = options {
        return write_sample(root);
    }
    let wanted = wanted(root, options)?;
    if wanted.is_check {
        return check(root, &wanted);
    }
    for topology in &wanted.topologies {
        let folder = wanted.out.join(topology.name());
        fs::create_dir_all(&folder).map_err(|error| about(&folder, &error))?;
        let mut files = Files::new(folder)?;
        let options = Options {
            reports: Report::ALL.to_vec(),
            is_tracking_exported: wanted.is_exported,
            ..Options::new(*topology, wanted.seed, wanted.deliveries)
        };
        let began = Instant::now();
        simulator::simulate(&options, &mut files);
        files.finish()?;
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "simulate: {}: {} rows, {:.1} MB in {seconds:.1} s ({:.1} MB/s) in {}",
            topology.name(),
            files.rows,
            files.bytes as f64 / 1e6,
            files.bytes as f64 / 1e6 / seconds,
            files.folder.display()
        );
    }
    Ok(())
}

/// The page's sample, as files.
fn write_sample(root: &Path) -> Result<()> {
    let folder = root.join("target/sample");
    for file in simulator::sample::Sample::first().files {
        let path = folder.join(&file.name);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).map_err(|error| about(parent, &error))?;
        fs::write(&path, &file.bytes).map_err(|error| about(&path, &error))?;
        println!(
            "simulate: {}: {} kB, {} kB gzipped",
            path.display(),
            file.bytes.len() / 1000,
            gzipped(&file.bytes).len() / 1000
        );
    }
    Ok(())
}

fn wanted(root: &Path, options: &[&str]) -> Result<Wanted> {
    let mut wanted = Wanted {
        seed: 1,
        deliveries: 20_000,
        topologies: Topology::ALL.to_vec(),
        out: root.join("target/simulated"),
        is_check: false,
        is_exported: false,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut value = || {
            options
                .next()
                .ok_or_else(|| format!("{option} wants a value."))
        };
        let number = |value: &str| {
            let number = value.parse::<u64>();
            number.map_err(|_| format!("{option} wants a number, not {value}."))
        };
        match *option {
            "--check" => wanted.is_check = true,
            "--exported" => wanted.is_exported = true,
            "--seed" => wanted.seed = number(value()?)?,
            "--deliveries" => wanted.deliveries = number(value()?)?,
            "--out" => wanted.out = value()?.into(),
            "--topology" => {
                let name = value()?;
                let known = Topology::ALL.into_iter().find(|one| one.name() == *name);
                let names = Topology::ALL.map(Topology::name).join(", ");
                let known = known.ok_or_else(|| format!("There is {names}, and no {name}."))?;
                wanted.topologies = vec![known];
            }
            other => return Err(format!("simulate does not know {other}.")),
        }
    }
    Ok(wanted)
}

fn about(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

/// The test of the truth, optimised, with this seed and so many deliveries.
fn check(root: &Path, wanted: &Wanted) -> Result<()> {
    let mut command = program("cargo");
    command
        .args(["test", "--quiet", "--profile", "quick", "--test", "truth"])
        .args(["--", "is_told_as_it_was", "are_told_as_they_were"])
        .args(["--nocapture", "--test-threads=1"])
        .env("SIMULATE_SEED", wanted.seed.to_string())
        .env("SIMULATE_DELIVERIES", wanted.deliveries.to_string())
        .current_dir(root);
    process::run(&mut command)
}

/// A folder of logs, one for each host, and truth.tsv. The first fault is kept and ends the writing.
struct Files {
    folder: PathBuf,
    truth: BufWriter<File>,
    /// The log of each host that is written now, by the start of its name.
    open: HashMap<(&'static str, String), (Log, BufWriter<File>)>,
    rows: u64,
    bytes: u64,
    fault: Option<String>,
}

impl Files {
    fn new(folder: PathBuf) -> Result<Self> {
        let mut truth = create(&folder.join("truth.tsv"))?;
        let written = writeln!(
            truth,
            "started_us\tmessage_id\tsender\trecipient\tstatus\treason\treplaced_by\tharmed"
        );
        written.map_err(|error| about(&folder, &error))?;
        Ok(Files {
            folder,
            truth,
            open: HashMap::new(),
            rows: 0,
            bytes: 0,
            fault: None,
        })
    }

    fn finish(&mut self) -> Result<()> {
        for (_, file) in self.open.values_mut() {
            let flushed = file.flush();
            flushed.map_err(|error| about(&self.folder, &error))?;
        }
        let flushed = self.truth.flush();
        flushed.map_err(|error| about(&self.folder, &error))?;
        self.fault.take().map_or(Ok(()), Err)
    }

    fn append(&mut self, log: &Log, text: &[u8]) -> Result<()> {
        let kind: String = log
            .name
            .chars()
            .take_while(|c| !c.is_ascii_digit())
            .collect();
        let key = (log.host, kind);
        let is_open = self.open.get(&key).is_some_and(|(open, _)| open == log);
        if !is_open {
            let folder = self.folder.join(log.host);
            fs::create_dir_all(&folder).map_err(|error| about(&folder, &error))?;
            let file = create(&folder.join(&log.name))?;
            if let Some((_, mut old)) = self.open.insert(key.clone(), (log.clone(), file)) {
                let flushed = old.flush();
                flushed.map_err(|error| about(&folder, &error))?;
            }
        }
        if let Some((_, file)) = self.open.get_mut(&key) {
            let written = file.write_all(text);
            written.map_err(|error| about(&self.folder, &error))?;
        }
        self.bytes += text.len() as u64;
        Ok(())
    }
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).map_err(|error| about(path, &error))?;
    Ok(BufWriter::with_capacity(1 << 18, file))
}

impl Sink for Files {
    fn lost(&mut self, _message: u64) {}

    fn write(&mut self, log: &Log, text: &[u8]) {
        if self.fault.is_none() {
            self.fault = self.append(log, text).err();
        }
    }

    fn row(&mut self, row: Row) {
        self.rows += 1;
        let written = writeln!(
            self.truth,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            row.started,
            row.message_id,
            row.sender,
            row.recipient,
            row.status.title(),
            row.reason,
            row.replaced_by.as_deref().unwrap_or(""),
            row.is_harmed
        );
        if let Err(error) = written {
            self.fault
                .get_or_insert_with(|| about(&self.folder, &error));
        }
    }
}
