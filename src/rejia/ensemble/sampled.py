"""How well each quantity was sampled."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rejia.contracts import SAMPLING
from rejia.ensemble.attainable import LEVELS, Drawn
from rejia.ensemble.chains import CHAINS
from rejia.ensemble.diagnose import effective_size, r_hat
from rejia.ensemble.model import Spec
from rejia.ensemble.quantities import quantities
from rejia.ensemble.sampling import BLOCK
from rejia.estimate import KEY_FIELDS


def sampling_rows(study: str, spec: Spec, drawn: Sequence[Drawn]) -> pd.DataFrame:
    """
    Diagnose the sampling of every quantity that is reported.

    Parameters
    ----------
    study : str
        For the key.
    spec : Spec
        What was drawn from.
    drawn : sequence of Drawn
        One a law.

    Returns
    -------
    pandas.DataFrame
        Table ``sampling``: R-hat of the quantity, and the least of the effective
        sizes of its mean and of the indicators of its reported quantiles.
    """
    rows = []
    for one in drawn:
        chains = one.measured.shape[1] // (BLOCK // CHAINS)
        for quantity, series in zip(quantities(spec), one.measured, strict=True):
            if chains < 1 or np.isnan(series).any():
                continue
            folded = series[: chains * (BLOCK // CHAINS)].reshape(chains, -1)
            if folded.min() == folded.max():
                continue
            cuts = np.quantile(series, LEVELS, method="linear")
            indicators = [(folded <= cut).astype(np.float64) for cut in cuts]
            sizes = [
                effective_size(part)
                for part in (folded, *indicators)
                if part.min() < part.max()
            ]
            rows.append(
                {name: getattr(quantity.key, name) for name in KEY_FIELDS}
                | {
                    "study": study,
                    "statistic": quantity.statistic,
                    "spec": spec.id,
                    "law": one.law,
                    "cohorts": float(one.measured.shape[1]),
                    "r_hat": r_hat(folded),
                    "ess": min(sizes),
                }
            )
    return pd.DataFrame(rows, columns=list(SAMPLING))
