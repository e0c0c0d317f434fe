"""The type of vectors: a matrix of 32-bit floats, one row for each text."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
