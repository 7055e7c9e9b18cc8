//! How the views are called.

use super::View;

impl View {
    /// In menu order.
    pub const ALL: [Self; 10] = [
        Self::Isoloss,
        Self::Isoflop,
        Self::Frontier,
        Self::LossC,
        Self::Curves,
        Self::Overfit,
        Self::SampleEfficiency,
        Self::Residuals,
        Self::LossN,
        Self::LossD,
    ];

    /// On the command line and in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Isoloss => "isoloss",
            Self::Isoflop => "isoflop",
            Self::Frontier => "frontier",
            Self::LossN => "loss-n",
            Self::LossD => "loss-d",
            Self::LossC => "loss-c",
            Self::Residuals => "residuals",
            Self::Curves => "curves",
            Self::Overfit => "overfit",
            Self::SampleEfficiency => "sample-efficiency",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Isoloss => "Isoloss map",
            Self::Isoflop => "IsoFLOP",
            Self::Frontier => "Frontier",
            Self::LossN => "Loss and size",
            Self::LossD => "Loss and data",
            Self::LossC => "Loss and compute",
            Self::Residuals => "Residuals",
            Self::Curves => "Curves",
            Self::Overfit => "Overfitting",
            Self::SampleEfficiency => "Sample efficiency",
        }
    }

    /// What it shows.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Isoloss => "Contours of equal loss over model size and data, with the compute-optimal frontier",
            Self::Isoflop => "Loss against model size at fixed compute: valleys and their minima",
            Self::Frontier => "Compute-optimal model size and data against compute",
            Self::LossN => "Loss against model size, with the law at several amounts of data",
            Self::LossD => "Loss against training tokens, with the law at several sizes",
            Self::LossC => "Loss against training compute",
            Self::Residuals => "How far each run lies from the law, over N, D, C or in order",
            Self::Curves => "Learning curves: the loss of each run as it trains",
            Self::Overfit => {
                "Where overfitting begins: measured, by Kaplan's bound, and by what repeated tokens are worth"
            }
            Self::SampleEfficiency => "Tokens that a model of each size needs to reach a loss",
        }
    }
}
