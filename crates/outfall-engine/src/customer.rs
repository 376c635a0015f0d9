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

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SenderKind;

    /// The mail server's word is best; then the login's domain before the envelope sender's, unless
    /// the provider owns it; then there is only the sender itself.
    #[test]
    fn the_best_word_names_the_customer() {
        let sender = Sender { kind: SenderKind::Account, id: "a@firm.test".into() };
        let named = |told: Option<&str>, mail_from: &str, login_domain, is_providers| {
            let mail_from = Some(mail_from.to_owned());
            let envelope =
                Envelope { tenant: told.map(Into::into), mail_from, ..Envelope::default() };
            tenant(&envelope, &sender, login_domain, is_providers)
        };

        assert_eq!("holding", named(Some("holding"), "x@else.test", "firm.test", true));
        assert_eq!("firm.test", named(None, "x@else.test", "firm.test", false));
        assert_eq!("else.test", named(None, "x@Else.test", "", false));
        assert_eq!("a@firm.test", named(None, "x@else.test", "firm.test", true));
        assert_eq!("a@firm.test", named(None, "", "", false));
    }

    /// A pattern within a tenant is another than the pattern, the tenant, and the tenant within the pattern.
    #[test]
    fn inner_names_are_no_others() {
        assert_eq!(in_tenant(7, 9), in_tenant(7, 9));
        assert!(![7, 9, in_tenant(9, 7), in_tenant(7, 8)].contains(&in_tenant(7, 9)));
    }
}
