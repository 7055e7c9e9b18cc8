//! L(x) = A x^-alpha, with or without a floor E.
