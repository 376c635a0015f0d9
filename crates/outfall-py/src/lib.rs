//! `outfall._core`: the engine for Python.  Conversions only; nothing is decided here.
use pyo3::prelude::*;

#[pymodule]
fn _core(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
