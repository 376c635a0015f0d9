//! Values of Python to values of the core and back.

use outfall_engine::{
    Category, Envelope, Explanation, Feedback, Finding, Network, Sender, SenderKind, Settings,
    Verdict, Without,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// (category, score, evidence, sender, alerts, reference, channel), as `_core.pyi` says.
pub type PyVerdict<'py> =
    (u8, f64, Bound<'py, PyTuple>, (u8, String), Bound<'py, PyTuple>, String, u8);

/// (verdict, at, patterns, how it was reckoned, what would have changed it).
pub type PyExplanation<'py> = (PyVerdict<'py>, f64, Vec<String>, Vec<String>, String);

//------------ In -------------------------------------------------------------

/// Reads the attributes of `outfall.model.Envelope`.
pub struct PyEnvelope(pub Envelope);

impl<'py> FromPyObject<'_, 'py> for PyEnvelope {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = |name: &str| optional_text(&object.getattr(name)?);
        let recipients = object.getattr("recipients")?;
        Ok(PyEnvelope(Envelope {
            recipients: recipients.try_iter()?.map(|one| lossy(&one?)).collect::<PyResult<_>>()?,
            mail_from: text("mail_from")?,
            client_ip: text("client_ip")?,
            account: text("account")?,
            helo: text("helo")?,
            local: object.getattr("local")?.is_truthy()?,
            subscriber: text("subscriber")?,
            tenant: text("tenant")?,
        }))
    }
}

fn optional_text(object: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if object.is_none() { Ok(None) } else { lossy(object).map(Some) }
}

/// Reads a string that may hold what no UTF-8 can, as undecodable bytes of the wire do.
fn lossy(object: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(object.cast::<PyString>()?.to_string_lossy().into_owned())
}

/// The engine's settings but its key, as a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Options {
    memory: usize,
    false_alarms_per_day: f64,
    shared_networks: Vec<(String, u8)>,
    identity_header: Option<String>,
    learning_seconds: f64,
    without: Vec<String>,
}

impl Options {
    /// Returns them with the key, or `ValueError` for a network that is no address and a part
    /// of the rule that is none.
    pub fn settings(self, key: [u8; 16]) -> PyResult<Settings> {
        let network = |(address, bits): (String, u8)| match address.parse() {
            Ok(address) => Ok(Network { address, bits }),
            Err(_) => Err(PyValueError::new_err(format!("{address} is not an address"))),
        };
        Ok(Settings {
            memory: self.memory,
            key,
            false_alarms_per_day: self.false_alarms_per_day,
            shared_networks: self
                .shared_networks
                .into_iter()
                .map(network)
                .collect::<PyResult<_>>()?,
            identity_header: self.identity_header,
            learning_seconds: self.learning_seconds,
            without: without(&self.without)?,
        })
    }
}

/// Returns the parts of the rule with these names, or `ValueError` for one that is none.
pub fn without(names: &[String]) -> PyResult<Without> {
    Without::parts(names.iter().map(String::as_str))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

pub fn findings(findings: Vec<(String, String, u8)>) -> PyResult<Vec<Finding>> {
    let finding = |(scanner, name, category): (String, String, u8)| {
        let category =
            *Category::ALL.get(usize::from(category)).ok_or_else(|| unknown("category"))?;
        Ok(Finding { scanner, name, category })
    };
    findings.into_iter().map(finding).collect()
}

pub fn feedback(number: u8) -> PyResult<Feedback> {
    Feedback::ALL.get(usize::from(number)).copied().ok_or_else(|| unknown("feedback"))
}

/// Reads a sender and, if told, the envelope sender of its mail.
pub fn sender(
    (kind, id, mail_from): (u8, String, Option<String>),
) -> PyResult<(Sender, Option<String>)> {
    let kind = *SenderKind::ALL.get(usize::from(kind)).ok_or_else(|| unknown("sender kind"))?;
    Ok((Sender { kind, id }, mail_from))
}

fn unknown(what: &str) -> PyErr {
    PyValueError::new_err(format!(
        "unknown {what} number: the Python part and the core differ in version"
    ))
}

//------------ Out ------------------------------------------------------------

pub fn verdict<'py>(py: Python<'py>, verdict: &Verdict) -> PyResult<PyVerdict<'py>> {
    let evidence =
        verdict.evidence.iter().map(|one| (&*one.name, rounded(one.nats), one.detail.as_str()));
    let mut alerts = Vec::with_capacity(verdict.alerts.len());
    for alert in &verdict.alerts {
        let counts = PyDict::new(py);
        for (name, count) in &alert.counts {
            counts.set_item(name, count)?;
        }
        alerts.push((&*alert.level, alert.reason.as_str(), counts));
    }
    Ok((
        verdict.category as u8,
        rounded(verdict.score),
        PyTuple::new(py, evidence.collect::<Vec<_>>())?,
        (verdict.sender.kind as u8, verdict.sender.id.clone()),
        PyTuple::new(py, alerts)?,
        verdict.reference.clone(),
        verdict.channel as u8,
    ))
}

pub fn explanation<'py>(py: Python<'py>, explanation: Explanation) -> PyResult<PyExplanation<'py>> {
    let Explanation { verdict: found, at, patterns, reckoning, would_change } = explanation;
    Ok((verdict(py, &found)?, at, patterns, reckoning, would_change))
}

/// Thousandths of a nat are more than anybody weighs, and read better than a float's last bits.
fn rounded(nats: f32) -> f64 {
    (f64::from(nats) * 1000.0).round() / 1000.0 + 0.0
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
