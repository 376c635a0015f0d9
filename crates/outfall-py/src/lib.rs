//! `outfall._core`: the engine for Python.  Conversions only; nothing is decided here.
//!
//! Main types: [`Core`], one engine; [`Examined`], a parsed message; [`Snapshot`], pieces of bytes.
//! `src/outfall/_core.pyi` says what Python sees.
//!
//! # What holds
//!
//! * The GIL is released while a message is parsed and judged.
//! * No bytes and no envelope raise anything; unusable settings and snapshots raise `ValueError`.

#![deny(unsafe_code)]

mod convert;

use convert::{Options, PyEnvelope, PyVerdict};
use outfall_engine::{self as engine, Engine, Without};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, PoisonError};

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Core>()?;
    module.add_class::<Examined>()?;
    module.add_class::<Snapshot>()
}

//------------ Examined -------------------------------------------------------

/// A parsed message with its patterns.
#[pyclass(frozen, module = "outfall._core")]
struct Examined(engine::Examined);

#[pymethods]
impl Examined {
    #[getter]
    fn links(&self) -> Vec<(&str, &str, &str)> {
        let links = self.0.message.links.iter();
        links.map(|link| (link.url.as_str(), link.host.as_str(), link.domain.as_str())).collect()
    }

    #[getter]
    fn attachments(&self) -> Vec<(&str, &str, usize, String)> {
        let files = self.0.message.attachments.iter();
        files
            .map(|file| {
                (
                    file.name.as_str(),
                    file.content_type.as_str(),
                    file.size,
                    convert::hex(&file.sha256),
                )
            })
            .collect()
    }

    #[getter]
    fn oddities(&self) -> Vec<&'static str> {
        self.0.message.oddities.names().collect()
    }
}

//------------ Core -----------------------------------------------------------

/// One engine.
#[pyclass(frozen, module = "outfall._core")]
struct Core(Engine);

#[pymethods]
impl Core {
    #[new]
    fn new(key: [u8; 16], options: Options) -> PyResult<Self> {
        Engine::new(options.settings(key)?).map(Core).map_err(refused)
    }

    fn scan<'py>(
        &self,
        py: Python<'py>,
        message: &[u8],
        envelope: PyEnvelope,
        at: f64,
    ) -> PyResult<PyVerdict<'py>> {
        let verdict = py.detach(|| self.0.scan(message, &envelope.0, at));
        convert::verdict(py, &verdict)
    }

    fn examine(&self, py: Python<'_>, message: &[u8]) -> Examined {
        py.detach(|| Examined(self.0.examine(message)))
    }

    fn judge<'py>(
        &self,
        py: Python<'py>,
        examined: &Examined,
        envelope: PyEnvelope,
        at: f64,
        findings: Vec<(String, String, u8)>,
    ) -> PyResult<PyVerdict<'py>> {
        let findings = convert::findings(findings)?;
        let verdict = py.detach(|| self.0.judge(&examined.0, &envelope.0, at, &findings));
        convert::verdict(py, &verdict)
    }

    fn recall(&self, py: Python<'_>, envelope: PyEnvelope, at: f64) {
        py.detach(|| self.0.recall(&envelope.0, at));
    }

    fn feedback(
        &self,
        py: Python<'_>,
        what: u8,
        reference: Option<String>,
        sender: Option<(u8, String, Option<String>)>,
        source: String,
        at: f64,
    ) -> PyResult<bool> {
        let what = convert::feedback(what)?;
        let sender = sender.map(convert::sender).transpose()?;
        let sender = sender.as_ref().map(|(sender, mail_from)| (sender, mail_from.as_deref()));
        Ok(py.detach(|| self.0.feedback(what, reference.as_deref(), sender, &source, at)))
    }

    fn explain<'py>(
        &self,
        py: Python<'py>,
        reference: &str,
    ) -> PyResult<Option<convert::PyExplanation<'py>>> {
        let found = py.detach(|| self.0.explain(reference));
        found.map(|explanation| convert::explanation(py, explanation)).transpose()
    }

    fn counts(&self, py: Python<'_>) -> (u64, u64, Vec<u64>, usize, usize, usize, u64) {
        let counts = py.detach(|| self.0.counts());
        (
            counts.messages,
            counts.recalled,
            counts.categories.to_vec(),
            counts.bytes,
            counts.patterns,
            counts.senders,
            counts.forgotten,
        )
    }

    fn snapshot(core: Py<Self>) -> Snapshot {
        Snapshot { core, so_far: Mutex::default() }
    }

    #[staticmethod]
    fn parts() -> Vec<String> {
        Without::names()
    }

    #[staticmethod]
    fn check_without(names: Vec<String>) -> PyResult<()> {
        convert::without(&names).map(drop)
    }

    #[staticmethod]
    fn key_of(snapshot: &[u8]) -> PyResult<[u8; 16]> {
        Engine::key_of(snapshot).map_err(refused)
    }

    #[staticmethod]
    fn restore(py: Python<'_>, snapshot: &[u8], key: [u8; 16], options: Options) -> PyResult<Self> {
        let settings = options.settings(key)?;
        py.detach(|| Engine::restore(snapshot, settings)).map(Core).map_err(refused)
    }
}

//------------ Snapshot -------------------------------------------------------

/// The pieces of a snapshot, one after another: an iterator.
#[pyclass(frozen, module = "outfall._core")]
struct Snapshot {
    core: Py<Core>,
    so_far: Mutex<engine::Snapshot>,
}

#[pymethods]
impl Snapshot {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let (engine, so_far) = (&self.core.get().0, &self.so_far);
        let next = || so_far.lock().unwrap_or_else(PoisonError::into_inner).next(engine);
        py.detach(next).map(|piece| PyBytes::new(py, &piece))
    }
}

fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}
