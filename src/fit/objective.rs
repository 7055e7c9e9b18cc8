//! Residuals and penalties.
