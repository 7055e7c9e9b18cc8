//! From logits z to the loss: −ln softmax(z)[target] in nats, a token at a time.
//!
//! ln Σ exp z is taken relative to the largest logit. Backward: dz = (softmax(z) − onehot(target)) · weight, in the place
//! of z; weight is 1 / (tokens of the batch), so that gradients are those of the mean loss.

use super::Real;
use super::lanes::{largest, sum, vectorised};

vectorised! {
    /// Losses of all rows of `[tokens, V]`, in nats; logits are used up.
    pub(super) fn losses(logits: &'a mut [F], targets: &'a [u8], losses: &'a mut [F]) {
        let vocab = logits.len() / targets.len();
        for ((logits, target), loss) in logits.chunks_exact_mut(vocab).zip(targets).zip(losses) {
            let (right, total) = exponentials(logits, *target);
            *loss = F::of(total.wide().ln()) - right;
        }
    }
}

vectorised! {
    /// Losses of all rows, and logits become their gradients.
    pub(super) fn losses_and_gradients(logits: &'a mut [F], targets: &'a [u8], weight: F, losses: &'a mut [F]) {
        let vocab = logits.len() / targets.len();
        for ((logits, target), loss) in logits.chunks_exact_mut(vocab).zip(targets).zip(losses) {
            let (right, total) = exponentials(logits, *target);
            *loss = F::of(total.wide().ln()) - right;
            let scale = weight / total;
            for logit in &mut *logits {
                *logit *= scale;
            }
            logits[usize::from(*target)] -= weight;
        }
    }
}

/// Logits become exp(z − max z); hands back z[target] − max z and the sum.
#[inline(always)]
fn exponentials<F: Real>(logits: &mut [F], target: u8) -> (F, F) {
    let most = largest(logits);
    let right = logits[usize::from(target)] - most;
    for logit in &mut *logits {
        *logit = (*logit - most).exp();
    }
    (right, sum(logits))
}
