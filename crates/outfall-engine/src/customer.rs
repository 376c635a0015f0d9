//! Whose customer a sender is.
//!
//! Main functions: [`tenant`], the best guess, by which mail is related; [`in_tenant`], a pattern's
//! name there.
//!
//! What holds: a guess may relate people to each other, which only ever spares them.  What recurs
//! harmlessly is learnt from proven customers: `Names::witness`.

use crate::{Envelope, Sender};

/// Returns the customer as the mail server names it; or the domain of the login or the envelope sender,
/// unless so many log in under it that it must be the provider's own: there everybody is a customer.
pub fn tenant(
    envelope: &Envelope,
    sender: &Sender,
    login_domain: &str,
    is_providers: bool,
) -> String {
    if let Some(tenant) = &envelope.tenant {
        return tenant.clone();
    }
    let domain = envelope.mail_from_domain();
    let best = if login_domain.is_empty() { &domain } else { login_domain };
    if best.is_empty() || is_providers { sender.id.clone() } else { best.to_owned() }
}

/// Returns the name of a pattern as a tenant uses it.
pub fn in_tenant(pattern: u64, tenant: u64) -> u64 {
    pattern ^ tenant.rotate_left(1)
}
